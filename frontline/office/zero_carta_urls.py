"""The addresses of ZERO_CARTA in the office."""

from django.urls import path

from frontline.office import zero_carta, zero_carta_desk

zero_carta_paths = [
    path("senza-carta/", zero_carta.figures, name="zero_carta"),
    path("senza-carta/costi/", zero_carta.costs, name="zero_carta_costs"),
    path("contribuenti/<uuid:uuid>/consenso/", zero_carta_desk.enter, name="consent"),
    path(
        "contribuenti/<uuid:uuid>/consenso/revoca/",
        zero_carta_desk.withdraw,
        name="consent_withdraw",
    ),
    path("contribuenti/<uuid:uuid>/invito.pdf", zero_carta_desk.invitation, name="invitation_pdf"),
]
