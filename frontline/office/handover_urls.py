"""The addresses of enforced collection and of the terms that run before it."""

from django.urls import path

from frontline.office import (
    acts,
    handovers,
    limitation,
    morosity,
    morosity_cases,
    plan_proposals,
    plans,
)

handover_paths = [
    path("coattiva/", handovers.handovers, name="handovers"),
    path("coattiva/termini/", limitation.limitation, name="limitation"),
    path("coattiva/morosi/<int:pk>/", morosity.morosity, name="morosity"),
    path(
        "coattiva/morosi/<int:pk>/elenco.<str:form>", morosity.morosity_file, name="morosity_file"
    ),
    path(
        "coattiva/morosi/<int:pk>/apri/<int:subject>/",
        morosity_cases.open_one,
        name="morosity_open",
    ),
    path("coattiva/morosi/procedimenti/<uuid:uuid>/", morosity_cases.case, name="morosity_case"),
    path(
        "coattiva/morosi/procedimenti/<uuid:uuid>/passi/<int:pk>/conferma/",
        morosity_cases.confirm,
        name="morosity_confirm",
    ),
    path(
        "coattiva/morosi/procedimenti/<uuid:uuid>/passi/<int:pk>/respingi/",
        morosity_cases.refuse,
        name="morosity_refuse",
    ),
    path("coattiva/prepara/<int:pk>/", handovers.prepare, name="handover_prepare"),
    path("coattiva/atti/", acts.acts, name="acts"),
    path("coattiva/atti/nuovo/", acts.plan, name="acts_plan"),
    path("coattiva/atti/<uuid:uuid>/", acts.batch, name="act_batch"),
    path("coattiva/atti/<uuid:uuid>/approva/", acts.approve, name="act_approve"),
    path("coattiva/atti/<uuid:uuid>/annulla/", acts.cancel, name="act_cancel"),
    path("coattiva/atti/<uuid:uuid>/notifica/", acts.serve, name="act_serve"),
    path("coattiva/dilazioni/", plans.plans, name="plans"),
    path("coattiva/dilazioni/concedi/<uuid:uuid>/", plans.grant, name="plan_grant"),
    path("coattiva/dilazioni/proposte/<uuid:uuid>/", plan_proposals.proposal, name="plan_proposal"),
    path(
        "coattiva/dilazioni/proposte/<uuid:uuid>/conferma/",
        plan_proposals.confirm,
        name="plan_confirm",
    ),
    path(
        "coattiva/dilazioni/proposte/<uuid:uuid>/chiudi/",
        plan_proposals.refuse,
        name="plan_refuse",
    ),
    path("coattiva/dilazioni/<uuid:uuid>/", plans.plan, name="plan"),
    path("coattiva/dilazioni/<uuid:uuid>/sollecita/", plans.remind, name="plan_remind"),
    path("coattiva/dilazioni/<uuid:uuid>/decadenza/", plans.lose, name="plan_lose"),
    path("coattiva/<uuid:uuid>/", handovers.handover, name="handover"),
    path("coattiva/<uuid:uuid>/esiti/", handovers.outcomes, name="handover_outcomes"),
    path("coattiva/<uuid:uuid>/prova.<str:form>", handovers.proof, name="handover_proof"),
    path("coattiva/<uuid:uuid>/file/<str:kind>/", handovers.file, name="handover_file"),
]
