"""The addresses of sendings and of the procedures that decide them."""

from django.urls import path

from frontline.office import (
    campaigns,
    notice_mail,
    platforms,
    policies,
    prices,
    sent_files,
    silence,
    silence_files,
    standing,
    statement,
    wave_acts,
    wave_items,
    wave_list,
    waves,
)
from frontline.office.text_urls import text_paths

wave_paths = [
    path("invii/", waves.waves, name="waves"),
    path("invii/nuovo/", waves.plan, name="wave_plan"),
    path("invii/elenco/", wave_list.upload, name="wave_list"),
    path("invii/passo/<int:pk>/<int:number>/", waves.plan_of_step, name="wave_step"),
    path("invii/<uuid:uuid>/", waves.wave, name="wave"),
    path("invii/<uuid:uuid>/destinatari/", wave_items.items, name="wave_items"),
    path("invii/<uuid:uuid>/destinatari/<int:pk>/", wave_items.item, name="wave_item"),
    path("invii/<uuid:uuid>/destinatari/<int:pk>/togli/", wave_acts.leave, name="wave_leave"),
    path(
        "invii/<uuid:uuid>/messaggi/<int:pk>/<int:place>/", sent_files.sent_file, name="sent_file"
    ),
    path("invii/<uuid:uuid>/approva/", wave_acts.approve, name="wave_approve"),
    path("invii/<uuid:uuid>/avvia/", wave_acts.start, name="wave_start"),
    path("invii/<uuid:uuid>/pausa/", wave_acts.pause, name="wave_pause"),
    path("invii/<uuid:uuid>/annulla/", wave_acts.cancel, name="wave_cancel"),
    path("invii/<uuid:uuid>/rifai/", wave_acts.again, name="wave_again"),
    path("invii/anni-passati/", campaigns.campaigns, name="campaigns"),
    path("invii/anni-passati/nuova/", campaigns.new, name="campaign_new"),
    path("invii/anni-passati/<uuid:uuid>/", campaigns.campaign, name="campaign"),
    path("invii/anni-passati/<uuid:uuid>/simula/", campaigns.simulate, name="campaign_simulate"),
    path("invii/avvisi-per-email/", notice_mail.notice_mails, name="notice_mails"),
    path("invii/avvisi-per-email/<int:pk>/", notice_mail.change, name="notice_mail"),
    path("invii/consuntivo/", statement.statement, name="statement"),
    path("invii/consuntivo/<str:form>/", statement.statement_file, name="statement_file"),
    path("invii/prezzi/", prices.prices, name="prices"),
    path("invii/piattaforme/", platforms.platforms, name="platforms"),
    path("invii/piattaforme/<str:name>/", platforms.platform, name="platform"),
    path("recapiti-esclusi/", silence.silenced, name="silenced"),
    path("recapiti-esclusi/<int:pk>/riammetti/", silence.lift, name="silence_lift"),
    path("recapiti-esclusi/carica/", silence_files.upload, name="silence_file"),
    path("recapiti-esclusi/esempio.csv", silence_files.example, name="silence_example"),
    path("recapiti-esclusi/file/<uuid:uuid>/", silence_files.review, name="silence_review"),
    path(
        "recapiti-esclusi/file/<uuid:uuid>/scarti.<str:form>",
        silence_files.refused,
        name="silence_refused",
    ),
    path("procedure/", policies.policies, name="policies"),
    path("procedure/<int:pk>/", policies.policy, name="policy"),
    path("procedure/<int:pk>/cambia/", policies.change, name="policy_change"),
    path("procedure/passi/<int:pk>/approva/", standing.approve, name="standing_approve"),
    path("procedure/automatici/<int:pk>/ferma/", standing.end, name="standing_end"),
    path("procedure/automatici/<int:pk>/riprendi/", standing.resume, name="standing_resume"),
    *text_paths,
]
