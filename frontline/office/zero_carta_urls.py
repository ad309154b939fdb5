"""The addresses of ZERO_CARTA in the office."""

from django.urls import path

from frontline.office import (
    address_proposals,
    contact_proposals,
    invitation_rounds,
    zero_carta,
    zero_carta_desk,
    zero_carta_forms,
)

zero_carta_paths = [
    path("contribuenti/indirizzi/", address_proposals.proposals, name="address_proposals"),
    path("contribuenti/indirizzi/carica/", address_proposals.upload, name="address_file"),
    path("contribuenti/indirizzi/<int:pk>/", address_proposals.decide, name="address_decide"),
    path("contribuenti/recapiti/<int:pk>/", contact_proposals.decide, name="contact_decide"),
    path("senza-carta/", zero_carta.figures, name="zero_carta"),
    path("senza-carta/inviti/", invitation_rounds.rounds, name="invitation_rounds"),
    path("senza-carta/inviti/nuovi/", invitation_rounds.new, name="invitation_new"),
    path("senza-carta/costi/", zero_carta.costs, name="zero_carta_costs"),
    path("contribuenti/<uuid:uuid>/consenso/", zero_carta_desk.enter, name="consent"),
    path(
        "contribuenti/<uuid:uuid>/consenso/revoca/",
        zero_carta_desk.withdraw,
        name="consent_withdraw",
    ),
    path("contribuenti/<uuid:uuid>/invito.pdf", zero_carta_desk.invitation, name="invitation_pdf"),
    path("senza-carta/moduli/", zero_carta_forms.upload, name="consent_forms"),
    path("senza-carta/moduli/esempio.csv", zero_carta_forms.example, name="consent_forms_example"),
    path("senza-carta/moduli/<uuid:uuid>/", zero_carta_forms.review, name="consent_forms_review"),
    path(
        "senza-carta/moduli/<uuid:uuid>/scarti.<str:form>",
        zero_carta_forms.refused,
        name="consent_forms_refused",
    ),
]
