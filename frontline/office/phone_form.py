"""What is agreed of a telephone campaign, as an official writes it."""

from datetime import time

from django import forms

from frontline.office.money_field import EuroField, PriceField
from frontline.office.service_form import ServiceForm, service_field

_DAY = forms.DateInput(attrs={"type": "date"})
_HOUR = forms.TimeInput(attrs={"type": "time"})


class PhoneCampaignForm(ServiceForm):
    """Which debts, for how long, in which hours, at what cost."""

    name = forms.CharField(label="Nome della campagna", max_length=100)
    service = service_field("Scegliere per quale tipo di dovuto telefonare.")
    older_than_days = forms.IntegerField(
        label="Scaduti da almeno quanti giorni", min_value=1, max_value=3650, initial=90
    )
    minimum_cents = EuroField(label="Importo minimo", initial="20,00")
    starts_on = forms.DateField(label="Primo giorno", widget=_DAY)
    ends_on = forms.DateField(label="Ultimo giorno", widget=_DAY)
    opens = forms.TimeField(
        label="Si telefona dalle", initial=time(9, 30), widget=_HOUR,
        help_text="La legge e il codice di condotta: dalle 8:30 alle 21, il sabato fino alle 15.",
    )  # fmt: skip
    closes = forms.TimeField(label="Fino alle", initial=time(18), widget=_HOUR)
    grace_days = forms.IntegerField(
        label="Giorni lavorativi di tolleranza su una promessa", min_value=0, max_value=10, initial=3
    )  # fmt: skip
    call_mills = PriceField(
        label="Costo di una telefonata, in euro", initial=0,
        help_text="Serve solo al rapporto; per esempio 0,40.",
    )  # fmt: skip
