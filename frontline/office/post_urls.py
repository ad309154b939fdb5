"""The addresses of letters on paper."""

from django.urls import path

from frontline.office import post, post_bulk, post_desk, post_outcomes, returned

post_paths = [
    path("lettere/", post.batches, name="post"),
    path("lettere/stampa/<uuid:uuid>/", post.ask, name="post_ask"),
    path("lettere/lotti/<uuid:uuid>/", post.batch, name="post_batch"),
    path("lettere/lotti/<uuid:uuid>/file/", post.file, name="post_file"),
    path("lettere/lotti/<uuid:uuid>/consegnato/", post.sent, name="post_sent"),
    path("lettere/lotti/<uuid:uuid>/annulla/", post.cancel, name="post_cancel"),
    path("lettere/esiti/", post_outcomes.outcomes, name="post_outcomes"),
    path("lettere/esiti/da-interpretare/", post_bulk.unread, name="post_unread"),
    path("lettere/esiti/da-interpretare/<int:pk>/", post_bulk.meaning, name="post_meaning"),
    path("lettere/costi/", post_bulk.costs, name="post_costs"),
    path("lettere/scansioni/", post_bulk.scans, name="post_scans"),
    path("lettere/cartoline/", post_desk.cards, name="post_cards"),
    path("lettere/cartoline/<int:pk>/file/", post_desk.card_file, name="post_card_file"),
    path("lettere/indirizzi/", post_desk.addresses, name="post_addresses"),
    path("lettere/indirizzi/<int:pk>/", post_desk.address, name="post_address"),
    path("lettere/avvisi-tornati/", returned.returned, name="returned"),
    path("lettere/avvisi-tornati/registra/", returned.returned_new, name="returned_new"),
    path("lettere/avvisi-tornati/esempio.csv", returned.returned_example, name="returned_example"),
    path("lettere/avvisi-tornati/<int:pk>/", returned.returned_notice, name="returned_notice"),
]
