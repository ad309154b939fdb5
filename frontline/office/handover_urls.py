"""The addresses of enforced collection and of the terms that run before it."""

from django.urls import path

from frontline.office import handovers, limitation, morosity

handover_paths = [
    path("coattiva/", handovers.handovers, name="handovers"),
    path("coattiva/termini/", limitation.limitation, name="limitation"),
    path("coattiva/morosi/<int:pk>/", morosity.morosity, name="morosity"),
    path("coattiva/morosi/<int:pk>/elenco.csv", morosity.morosity_csv, name="morosity_csv"),
    path("coattiva/prepara/<int:pk>/", handovers.prepare, name="handover_prepare"),
    path("coattiva/<uuid:uuid>/", handovers.handover, name="handover"),
    path("coattiva/<uuid:uuid>/esiti/", handovers.outcomes, name="handover_outcomes"),
    path("coattiva/<uuid:uuid>/prova.csv", handovers.proof_csv, name="handover_proof"),
    path("coattiva/<uuid:uuid>/file/<str:kind>/", handovers.file, name="handover_file"),
]
