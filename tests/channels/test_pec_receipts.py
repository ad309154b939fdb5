"""Receipts that nobody should believe, headers as providers really write them, and what each receipt means."""

import pytest

from dunning.channels.pec_mail import PecRefused, read_certificate, read_pec
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.pec_receipts import PecKind, meaning_of

CERTIFICATE = """<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="{kind}" errore="{error}">
 <intestazione><mittente>ENTE@pec.example</mittente>
  <destinatari tipo="certificato">Mario@pec.example</destinatari><oggetto>Prova</oggetto></intestazione>
 <dati><gestore-emittente>Gestore</gestore-emittente>
  <data zona="+0200"><giorno>25/10/2026</giorno><ora>01:59:58</ora></data>
  <identificativo>id-1</identificativo><msgid>&lt;uno@pec.example&gt;</msgid>{more}</dati>
</postacert>"""


def mail(*, kind: str = "accettazione", headers: str = "", certificate: str | None = None) -> bytes:
    told = (
        CERTIFICATE.format(kind=kind, error="nessuno", more="")
        if certificate is None
        else certificate
    )
    head = headers or f"X-Ricevuta: {kind}\r\nX-Riferimento-Message-ID: <uno@pec.example>\r\n"
    return (
        f'{head}Subject: CONSEGNA: prova\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nparole\r\n--b\r\n"
        f'Content-Type: application/xml; name="daticert.xml"\r\n\r\n{told}\r\n--b--\r\n'
    ).encode()


class TestReading:
    def test_headers_fold_and_change_case(self) -> None:
        headers = "x-ricevuta:\r\n Avvenuta-Consegna\r\nX-RIFERIMENTO-MESSAGE-ID:\r\n\t<uno@pec.example>\r\n"
        read = read_pec(mail(kind="avvenuta-consegna", headers=headers))
        assert (read.kind, read.about) == (PecKind.DELIVERY, ("<uno@pec.example>",))

    def test_the_kind_is_in_the_header_and_not_in_the_subject(self) -> None:
        read = read_pec(mail(kind="errore-consegna"))
        assert (read.subject, read.kind) == ("CONSEGNA: prova", PecKind.FAILURE)

    def test_the_instant_keeps_its_zone_across_the_change_of_hour(self) -> None:
        told = read_certificate(
            CERTIFICATE.format(kind="accettazione", error="nessuno", more="").encode()
        )
        assert told.happened_at is not None
        assert told.happened_at.isoformat() == "2026-10-25T01:59:58+02:00"
        assert (told.sender, told.recipients, told.identifier) == (
            "ente@pec.example", ("mario@pec.example",), "id-1",
        )  # fmt: skip

    @pytest.mark.parametrize(
        "harm",
        [
            '<!DOCTYPE postacert [<!ENTITY a "x">]><postacert tipo="accettazione"><dati>&a;</dati></postacert>',
            '<!DOCTYPE postacert SYSTEM "file:///etc/passwd"><postacert tipo="accettazione"/>',
            '<postacert tipo="accettazione">',
            '<postacert tipo="qualcosa"/>',
            "",
            "<postacert tipo='accettazione'>" + "x" * 1_000_001 + "</postacert>",
        ],
        ids=["entity", "dtd", "cut", "unknown", "empty", "huge"],
    )
    def test_harmful_or_broken_certificates_are_refused(self, harm: str) -> None:
        with pytest.raises(PecRefused):
            read_pec(mail(certificate=harm))

    def test_a_receipt_that_contradicts_its_certificate_is_refused(self) -> None:
        told = CERTIFICATE.format(kind="accettazione", error="nessuno", more="")
        with pytest.raises(PecRefused):
            read_pec(mail(kind="avvenuta-consegna", certificate=told))

    def test_a_receipt_without_certificate_is_refused(self) -> None:
        with pytest.raises(PecRefused):
            read_pec(b"X-Ricevuta: accettazione\r\nSubject: x\r\n\r\nparole")

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\0\0\0",
            b"Subject: =?utf-9?q?=FF?=\r\n\r\nx",
            b'Content-Type: text/plain; charset="nessuno"\r\n\r\n\xff\xfe',
            b"From: <<<>>>\r\nDate: ieri\r\nMessage-ID:\r\n\r\n",
            b"Content-Type: multipart/signed\r\n\r\n--\r\n",
        ],
    )
    def test_anything_else_is_ordinary_mail_and_never_an_error(self, raw: bytes) -> None:
        assert read_pec(raw).kind is PecKind.ORDINARY_MAIL


class TestMeaning:
    @pytest.mark.parametrize(
        ("kind", "error", "details", "status", "code", "blames"),
        [
            (PecKind.ACCEPTANCE, "nessuno", "", "INVIATO", "", False),
            (PecKind.TAKEN_IN_CHARGE, "nessuno", "", "INVIATO", "", False),
            (PecKind.DELIVERY, "nessuno", "", "CONSEGNATO", "", False),
            (PecKind.REFUSAL, "altro", "Formato", "FALLITO_PERM", "NON_ACCETTATO", False),
            (PecKind.VIRUS, "virus", "", "FALLITO_PERM", "VIRUS", False),
            (PecKind.FAILURE, "virus", "", "FALLITO_PERM", "VIRUS", False),
            (
                PecKind.FAILURE,
                "altro",
                "5.2.2 - casella piena",
                "FALLITO_TEMP",
                "CASELLA_PIENA",
                False,
            ),
            (
                PecKind.FAILURE,
                "altro",
                "4.2.2 quota exceeded",
                "FALLITO_TEMP",
                "CASELLA_PIENA",
                False,
            ),
            (PecKind.FAILURE, "altro", "5.2.1 - disattivata", "FALLITO_PERM", "DISATTIVATA", True),
            (
                PecKind.FAILURE,
                "altro",
                "5.1.1 - indirizzo non valido",
                "FALLITO_PERM",
                "INESISTENTE",
                True,
            ),
            (PecKind.FAILURE, "no-dest", "", "FALLITO_PERM", "INESISTENTE", True),
            (
                PecKind.FAILURE,
                "altro",
                "host 10.5.1.1 muto",
                "FALLITO_PERM",
                "NON_CONSEGNATO",
                False,
            ),
        ],
    )
    def test_each_receipt(self, kind, error, details, status, code, blames) -> None:
        read = meaning_of(kind, error=error, details=details, ordinary=False, warnings=0)
        assert (read.status, read.code, read.blames_contact) == (
            DeliveryStatus(status),
            code,
            blames,
        )

    def test_the_first_warning_says_nothing_final_the_second_does(self) -> None:
        told = [
            meaning_of(
                PecKind.LATE_WARNING, error="nessuno", details="", ordinary=False, warnings=n
            ).status
            for n in (1, 2)
        ]
        assert told == [None, DeliveryStatus.FALLITO_TEMP]

    def test_an_ordinary_mailbox_never_confirms(self) -> None:
        read = meaning_of(
            PecKind.ACCEPTANCE, error="nessuno", details="", ordinary=True, warnings=0
        )
        assert (read.code, read.blames_contact) == ("NON_CERTIFICATA", True)
