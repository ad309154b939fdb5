"""The addresses of letters on paper."""

from django.urls import path

from frontline.office import post, post_desk, post_outcomes

post_paths = [
    path("lettere/", post.batches, name="post"),
    path("lettere/stampa/<uuid:uuid>/", post.ask, name="post_ask"),
    path("lettere/lotti/<uuid:uuid>/", post.batch, name="post_batch"),
    path("lettere/lotti/<uuid:uuid>/file/", post.file, name="post_file"),
    path("lettere/lotti/<uuid:uuid>/consegnato/", post.sent, name="post_sent"),
    path("lettere/lotti/<uuid:uuid>/annulla/", post.cancel, name="post_cancel"),
    path("lettere/esiti/", post_outcomes.outcomes, name="post_outcomes"),
    path("lettere/cartoline/", post_desk.cards, name="post_cards"),
    path("lettere/cartoline/<int:pk>/file/", post_desk.card_file, name="post_card_file"),
    path("lettere/indirizzi/", post_desk.addresses, name="post_addresses"),
    path("lettere/indirizzi/<int:pk>/", post_desk.address, name="post_address"),
]
