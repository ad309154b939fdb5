"""The pages of the office."""

from django.urls import path

from frontline.office import (
    board,
    jobs,
    load_review,
    loads,
    position_acts,
    positions,
    search,
    services,
    subjects,
)

app_name = "office"
urlpatterns = [
    path("", board.board, name="board"),
    path("cerca/", search.search, name="search"),
    path("posizioni/", positions.positions, name="positions"),
    path("posizioni/elenco.csv", positions.positions_csv, name="positions_csv"),
    path("posizioni/<uuid:uuid>/", positions.position, name="position"),
    path("posizioni/<uuid:uuid>/avviso.pdf", position_acts.notice_pdf, name="notice_pdf"),
    path("posizioni/<uuid:uuid>/annulla/", position_acts.withdraw, name="withdraw"),
    path("incassi/<uuid:uuid>/quietanza.pdf", position_acts.receipt, name="receipt_pdf"),
    path("contribuenti/<uuid:uuid>/", subjects.subject, name="subject"),
    path("caricamenti/", loads.loads, name="loads"),
    path("caricamenti/nuovo/", loads.upload, name="upload"),
    path("caricamenti/esempio.csv", loads.example, name="load_example"),
    path("caricamenti/<uuid:uuid>/", load_review.load, name="load"),
    path("caricamenti/<uuid:uuid>/scarti.csv", load_review.rejects, name="load_rejects"),
    path("caricamenti/<uuid:uuid>/conferma/", load_review.confirm, name="load_confirm"),
    path("caricamenti/<uuid:uuid>/annulla/", load_review.undo, name="load_undo"),
    path("caricamenti/<uuid:uuid>/avvisi/", load_review.print_notices, name="load_print"),
    path("lavori/<uuid:uuid>/", jobs.job, name="job"),
    path("lavori/<uuid:uuid>/file/", jobs.result, name="job_result"),
    path("tipi-di-dovuto/", services.services, name="services"),
    path("tipi-di-dovuto/<int:pk>/", services.service, name="service"),
]
