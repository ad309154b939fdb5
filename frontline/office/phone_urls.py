"""The addresses of the telephone: campaigns and what they leave to the office; the desk of who calls."""

from django.urls import path

from frontline.office import (
    phone,
    phone_acts,
    phone_desk,
    phone_file,
    phone_sheet,
    phone_sheet_acts,
    phone_tasks,
)

_SHEET = "telefono/banco/pratiche/<uuid:uuid>/"

phone_paths = [
    path("telefono/", phone.campaigns, name="phone"),
    path("telefono/nuova/", phone.plan, name="phone_plan"),
    path("telefono/da-vedere/", phone_tasks.tasks, name="phone_tasks"),
    path("telefono/da-vedere/<int:pk>/", phone_tasks.task, name="phone_task"),
    path("telefono/campagne/<uuid:uuid>/", phone.campaign, name="phone_campaign"),
    path("telefono/campagne/<uuid:uuid>/approva/", phone_acts.approve, name="phone_approve"),
    path("telefono/campagne/<uuid:uuid>/annulla/", phone_acts.cancel, name="phone_cancel"),
    path("telefono/campagne/<uuid:uuid>/concludi/", phone_acts.close, name="phone_close"),
    path("telefono/campagne/<uuid:uuid>/affida/", phone_acts.give, name="phone_give"),
    path(
        "telefono/campagne/<uuid:uuid>/togli/<int:pk>/",
        phone_acts.take_back,
        name="phone_take_back",
    ),
    path("telefono/campagne/<uuid:uuid>/riconsegna.zip", phone_acts.package, name="phone_package"),
    path("telefono/pratiche/<uuid:uuid>/", phone_file.file, name="phone_file"),
    path("telefono/pratiche/<uuid:uuid>/note/", phone_file.notes, name="phone_notes"),
    path("telefono/pratiche/<uuid:uuid>/richiama/", phone_file.recall, name="phone_recall"),
    path("telefono/promesse/<int:pk>/ritira/", phone_file.withdraw, name="phone_withdraw"),
    path("telefono/documenti/<uuid:uuid>/", phone_file.document, name="phone_document"),
    path("telefono/banco/", phone_desk.desk, name="phone_desk"),
    path("telefono/banco/<uuid:uuid>/", phone_desk.campaign_list, name="phone_list"),
    path("telefono/banco/<uuid:uuid>/prossima/", phone_desk.take_next, name="phone_next"),
    path(_SHEET, phone_sheet.sheet, name="phone_sheet"),
    path(f"{_SHEET}apri/", phone_desk.take, name="phone_open"),
    path(f"{_SHEET}chiama/", phone_sheet.begin, name="phone_begin"),
    path(f"{_SHEET}esito/", phone_sheet.tell, name="phone_tell"),
    path(f"{_SHEET}documento/", phone_sheet_acts.paper, name="phone_paper"),
    path(f"{_SHEET}messaggio/", phone_sheet_acts.message, name="phone_message"),
    path(f"{_SHEET}recapito/", phone_sheet_acts.contact, name="phone_contact"),
    path(f"{_SHEET}restituisci/", phone_sheet_acts.give_up, name="phone_give_up"),
    path(f"{_SHEET}lascia/", phone_sheet_acts.leave, name="phone_leave"),
]
