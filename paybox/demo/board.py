"""Demo, chapters 5b, 7 and 8: flows and treasury, the public form, and the board that agrees with the ledger."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import date

from django_tenants.utils import schema_context

from billing.models import Position
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.states import PositionState
from pagopa.models import FlowRow, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from paybox.demo.far_ends import Browser
from paybox.demo.story import Story, require, until
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from registry.rules.codice_fiscale import build_codice_fiscale
from tenants.services.demo_users import DEMO_PASSWORD, ensure_demo_users

OFFICIAL = {"borgo": "funzionario@borgo.example", "valle": "responsabile@valle.example"}


def reconcile(schema: str, fiscal_code: str) -> Callable[[Story], list[str]]:
    """The Node's flows of today and the treasurer's lines, matched to the receipts."""

    def tell(story: Story) -> list[str]:
        flows = [f for f in story.far.flows(today().isoformat()) if f["fiscal_code"] == fiscal_code]
        require(bool(flows), "nessun flusso di rendicontazione")
        lines = [
            "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO;VALUTA ENTE"
        ]
        day = f"{today():%d/%m/%Y}"
        lines += [
            f"{today().year};{n};{day};{f['id_psp']};{f['causale']};{format_euro(f['amount_cents'])};{day}"
            for n, f in enumerate(flows, 1)
        ]
        with schema_context(schema):
            for flow in flows:
                take_flow(raw=b64decode(flow["xml_base64"]), at=now())
            take_treasury(raw="\n".join(lines).encode(), filename="tesoreria.csv", at=now())
            rows = FlowRow.objects.count()
            matched = FlowRow.objects.filter(label=FlowRow.Label.RT_IUF).count()
            cashed = TreasuryCredit.objects.filter(label=TreasuryCredit.Label.RT_IUF_TES).count()
        require(
            rows == matched and cashed == len(flows),
            "flussi e tesoreria non concordano con le ricevute",
        )
        return [
            f"{len(flows)} flussi, {rows} righe tutte riconciliate con le ricevute",
            f"{cashed} accrediti in tesoreria spiegati, {format_euro(sum(f['amount_cents'] for f in flows))} €",
        ]

    return tell


def pay_spontaneously(schema: str) -> Callable[[Story], list[str]]:
    """A citizen without login and without JavaScript: form, IUV on the spot, checkout, receipt."""

    def tell(story: Story) -> list[str]:
        browser = story.far.browser(f"{schema}.localhost")
        with schema_context(schema):
            before = set(
                Position.objects.filter(origin=Position.Origin.FORM).values_list("pk", flat=True)
            )
        _fill_form(browser)
        with schema_context(schema):
            position = (
                Position.objects.filter(origin=Position.Origin.FORM).exclude(pk__in=before).get()
            )
            notice = position.instalments.get()
        browser.submit(button="Vai al pagamento")
        require("checkout" in str(browser.page and browser.page.url), "il checkout non si è aperto")
        browser.submit(button="Paga", choice="pay")

        def paid() -> bool:
            with schema_context(schema):
                return Position.objects.get(pk=position.pk).state == PositionState.SETTLED

        until(paid, what="ricevuta del pagamento spontaneo", seconds=60)
        browser.open(str(browser.page.url) if browser.page else "/")
        link = re.search(r'href="([^"]*ricevuta[^"]*)"', browser.page.text if browser.page else "")
        require(link is not None, "la pagina non offre la ricevuta")
        receipt = browser.open(link[1] if link else "")
        require(receipt.content.startswith(b"%PDF"), "la ricevuta non è un PDF")
        return [
            f"modulo pubblico: codice avviso {notice.notice_number} generato sul momento, "
            f"{format_euro(notice.amount_cents)} €",
            f"pagato con il checkout simulato, ricevuta PDF di {len(receipt.content) // 1024} kB",
        ]

    return tell


def _fill_form(browser: Browser) -> None:
    """The steps of the public form, as a citizen of either Ente fills them."""
    page = browser.open("/spontaneo/")
    link = re.search(r'href="(/spontaneo/[^"/]+/)"', page.text)
    require(link is not None, "nessun servizio per il pagamento spontaneo")
    page = browser.open(link[1] if link else "")
    answers = {
        "denominazione": "Bianca Verdi", "codice_fiscale": build_codice_fiscale("Verdi", "Bianca", date(1980, 1, 1), "F", "H501"), "email": "bianca.verdi@example.org",
        "importo": "25,00", "luogo": "Piazza del mercato", "giorno": f"{today():%d/%m/%Y}", "metri": "6",
        "pratica": "Certificato di iscrizione",
    }  # fmt: skip
    names = set(re.findall(r'name="([^"]+)"', page.text))
    browser.submit(**{name: value for name, value in answers.items() if name in names})
    browser.submit()


def check_board(schema: str) -> Callable[[Story], list[str]]:
    """The official's pages over HTTP, and the totals against the ledger's proof."""

    def tell(story: Story) -> list[str]:
        ensure_demo_users()
        browser = story.far.browser(f"{schema}.localhost")
        browser.log_in(OFFICIAL[schema], DEMO_PASSWORD)
        dashboard = browser.open("/ufficio/")
        with schema_context(schema):
            problems, totals = list(ledger_problems()), ledger_totals()
            paid = Position.objects.filter(state=PositionState.SETTLED).order_by("pk")[0]
            subject, notice = paid.subject, paid.instalments.order_by("number")[0].notice_number
        require(not problems, f"il registro non quadra: {problems[:3]}")
        for cents in (totals.opened, totals.allotted, totals.owed):
            require(
                format_euro(cents) in dashboard.text,
                f"il cruscotto non mostra {format_euro(cents)}",
            )
        for words in (subject.name, subject.codice_fiscale, notice):
            found = browser.open(f"/ufficio/cerca/?q={words}")
            require(
                found.is_success and subject.name in found.text, f"la ricerca «{words}» non trova"
            )
        return [
            f"emesso {format_euro(totals.opened)} €, riscosso {format_euro(totals.allotted)} €, "
            f"da riscuotere {format_euro(totals.owed)} €, eccedenze {format_euro(totals.excess)} €",
            "il cruscotto mostra gli stessi totali; verify_ledger: nessuna differenza",
            "ricerca per nome, codice fiscale e codice avviso: trovato",
        ]

    return tell
