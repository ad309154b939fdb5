"""How the notices of each *tipo di dovuto* travel by e-mail: the PDF inside, or a signed address for some days."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import NoticeMail
from dunning.services.notice_mail import LONGEST_DAYS, USUAL_DAYS, choose_notice_mail
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.service_form import services_of
from paybox.kernel.clock import now
from tenants.roles import Capability


class NoticeMailForm(forms.Form):
    """Attached or behind an address."""

    way = forms.ChoiceField(
        label="Come arriva l'avviso",
        choices=[
            ("ALLEGATO", "PDF allegato al messaggio"),
            ("COLLEGAMENTO", "Collegamento personale a una pagina con il PDF"),
        ],
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label="Giorni per cui il collegamento vale", min_value=1, max_value=LONGEST_DAYS, required=False,
        help_text=f"Conta solo con il collegamento: da 1 a {LONGEST_DAYS}. Passati questi giorni la pagina rimanda alla ricerca con il codice avviso.",
    )  # fmt: skip

    app_io = forms.BooleanField(
        label="Prima su App IO", required=False,
        help_text="A chi ha scelto di ricevere senza carta: se ha l'app e accetta i messaggi di questo servizio l'avviso arriva lì, con il pagamento; altrimenti per e-mail. Vale finché App IO è attivo.",
    )  # fmt: skip

    def link_days(self) -> int:
        if self.cleaned_data["way"] == "ALLEGATO":
            return 0
        return self.cleaned_data["days"] or USUAL_DAYS


@staff(Capability.SEE)
def notice_mails(request: StaffRequest) -> HttpResponse:
    """Each service with its choice."""
    chosen = {one.service_id: one for one in NoticeMail.objects.all()}
    listed = [
        (service, chosen.get(service.pk)) for service in services_of(request).order_by("name")
    ]
    page = {"listed": listed, "crumbs": _crumbs()}
    return render(request, "office/notice_mails.html", page)


@staff(Capability.ADMINISTER)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """The choice of one service."""
    service = services_of(request).filter(pk=pk).first()
    if service is None:
        raise Http404("Tipo di dovuto inesistente")
    known = NoticeMail.objects.filter(service=service).first()
    days = known.link_days if known else 0
    initial = {
        "way": "COLLEGAMENTO" if days else "ALLEGATO", "days": days or USUAL_DAYS,
        "app_io": known is not None and known.app_io,
    }  # fmt: skip
    form = NoticeMailForm(posted(request)[0], initial=initial)
    if request.method == "POST" and form.is_valid():
        choose_notice_mail(
            service_id=service.pk, link_days=form.link_days(), app_io=form.cleaned_data["app_io"], actor=request.actor,
            at=now(),
        )  # fmt: skip
        messages.success(request, "La scelta vale per gli invii preparati da adesso in poi.")
        return redirect("office:notice_mails")
    page = {"form": form, "service": service, "crumbs": _crumbs((service.name, ""))}
    return render(request, "office/notice_mail.html", page, status=422 if form.errors else 200)


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:notice_mails") if last else ""
    return crumbs(("Invii", reverse("office:waves")), ("Avvisi per e-mail", here), *last)
