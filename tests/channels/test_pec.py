"""PEC over real SMTP and IMAP: what leaves is what was written down, what comes back is signed and read."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID, uuid4

import pytest

from dunning.channels.pec import PecChannel, message_id
from dunning.channels.pec_account import PecAccount
from dunning.channels.pec_mail import PecMail, read_pec
from dunning.channels.pec_mailbox import Fetched, MailboxAway, open_mailbox
from dunning.channels.pec_signature import Signature, Verdict, read_bundle, verify_signature
from dunning.channels.protocol import Accepted, Attachment, Message, Rejected, Uncertain
from dunning.rules.pec_receipts import PecKind
from tests.pec import PecProvider, tampered

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Written:
    """The register of these tests: what was kept before it left."""

    def __init__(self) -> None:
        self.raw: dict[UUID, bytes] = {}

    def keep(self, message: Message, raw: bytes) -> None:
        self.raw[message.attempt_id] = raw

    def kept(self, attempt_id: UUID) -> bool:
        return attempt_id in self.raw


@pytest.fixture
def box() -> str:
    return f"{uuid4().hex[:10]}@pec.example"


@pytest.fixture
def register() -> Written:
    return Written()


@pytest.fixture
def channel(pec: PecProvider, box: str, register: Written) -> PecChannel:
    return PecChannel(
        account=pec.account(box), register=register, clock=lambda: AT, timeout_seconds=5
    )


@pytest.fixture
def certified(mail: Callable[..., Message], box: str) -> Callable[..., Message]:
    return lambda to: mail(to=to, sender=f"Comune di Borgo <{box}>")


def everything(pec: PecProvider, box: str) -> list[Fetched]:
    with open_mailbox(pec.account(box)) as mailbox:
        return list(mailbox.newer_than(0, limit=50))


def receipts(pec: PecProvider, box: str) -> list[PecMail]:
    return [read_pec(one.raw) for one in everything(pec, box)]


def verdict(pec: PecProvider, raw: bytes) -> Signature:
    return verify_signature(raw, bundle=read_bundle(pec.authority), at=AT)


def test_what_left_is_what_was_kept_and_both_receipts_name_it(
    pec, box, channel, certified, register
) -> None:
    message = certified("mario.rossi@pec.example")
    assert channel.send(message) == Accepted(f"<{message.attempt_id}@pec.example>")
    accepted, delivered = everything(pec, box)
    read = [read_pec(one.raw) for one in (accepted, delivered)]
    assert [one.kind for one in read] == [PecKind.ACCEPTANCE, PecKind.DELIVERY]
    assert {one.about for one in read} == {(message_id(message.attempt_id, box),)}
    assert (
        register.raw[message.attempt_id] in delivered.raw
    )  # the complete receipt holds our very bytes
    told = read[1].certificate
    assert (told.sender, told.recipients, told.delivered_to) == (
        box, ("mario.rossi@pec.example",), "mario.rossi@pec.example",
    )  # fmt: skip
    assert told.happened_at is not None
    assert told.identifier != read[0].certificate.identifier
    assert [verdict(pec, one.raw).verdict for one in (accepted, delivered)] == [Verdict.VALID] * 2
    assert verdict(pec, accepted.raw).signer == "CN=posta-certificata@pec.paybox.example"


def test_the_message_has_one_recipient_and_asks_for_the_complete_receipt(
    channel, certified, register
) -> None:
    message = certified("una@pec.example")
    channel.send(message)
    sent = message_from_bytes(register.raw[message.attempt_id], policy=policy.default)
    assert (sent["To"], sent["X-TipoRicevuta"], sent["Bcc"]) == (
        "una@pec.example",
        "completa",
        None,
    )
    assert sent["Subject"] == message.subject
    (attachment,) = sent.iter_attachments()
    assert attachment.get_payload(decode=True) == message.attachments[0].content
    assert b"\n" not in register.raw[message.attempt_id].replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("to", "kinds"),
    [
        ("piena@pec.example", ["ACCETTAZIONE", "MANCATA_CONSEGNA"]),
        ("inesistente@pec.example", ["ACCETTAZIONE", "MANCATA_CONSEGNA"]),
        ("virus@pec.example", ["ACCETTAZIONE", "VIRUS"]),
        ("nonaccettata@pec.example", ["NON_ACCETTAZIONE"]),
        ("lento@pec.example", ["ACCETTAZIONE", "PREAVVISO", "AVVENUTA_CONSEGNA"]),
        ("perso@pec.example", ["ACCETTAZIONE", "PREAVVISO", "PREAVVISO"]),
        ("rovescio@pec.example", ["AVVENUTA_CONSEGNA", "ACCETTAZIONE"]),
        ("risponde@pec.example", ["ACCETTAZIONE", "AVVENUTA_CONSEGNA", "POSTA_CERTIFICATA"]),
        ("muto@pec.example", []),
    ],
)
def test_each_story_comes_back_by_the_mailbox(pec, box, channel, certified, to, kinds) -> None:
    assert isinstance(channel.send(certified(to)), Accepted)
    assert [one.kind.value for one in receipts(pec, box)] == kinds


def test_an_ordinary_mailbox_is_told_apart(pec, box, channel, certified) -> None:
    channel.send(certified("mario@ordinaria.example"))
    (accepted,) = receipts(pec, box)
    assert accepted.certificate.ordinary == ("mario@ordinaria.example",)


def test_a_reply_is_read_from_inside_its_envelope(pec, box, channel, certified) -> None:
    message = certified("risponde@pec.example")
    channel.send(message)
    reply = receipts(pec, box)[2]
    assert (reply.sender, reply.automatic) == ("risponde@pec.example", False)
    assert reply.about == (message_id(message.attempt_id, box),)
    assert "ho già pagato" in reply.text
    channel.send(certified("automatica@pec.example"))
    assert [one.automatic for one in receipts(pec, box)[3:]] == [False, False, True]


class TestSignatures:
    def test_one_changed_byte_is_seen(self, pec, box, channel, certified) -> None:
        channel.send(certified("mario@pec.example"))
        raw = everything(pec, box)[0].raw
        assert verdict(pec, tampered(raw)).verdict is Verdict.BROKEN
        assert (
            verdict(pec, raw.replace(b"\r\n", b"\n")).verdict is Verdict.VALID
        )  # line ends are not content

    def test_another_certifier_is_not_believed(
        self, pec, box, channel, certified, tmp_path
    ) -> None:
        from dunning.channels.standins.pec_certifier import Certifier

        channel.send(certified("mario@pec.example"))
        raw = everything(pec, box)[0].raw
        stranger = Certifier(tmp_path, domain="altrove.example")
        mine = verify_signature(raw, bundle=read_bundle(stranger.authority), at=AT)
        assert mine.verdict is Verdict.UNTRUSTED
        assert mine.fingerprint == verdict(pec, raw).fingerprint != ""
        assert verify_signature(raw, bundle=(), at=AT).verdict is Verdict.UNTRUSTED

    def test_out_of_its_time_a_certificate_is_not_believed(
        self, pec, box, channel, certified
    ) -> None:
        channel.send(certified("mario@pec.example"))
        raw = everything(pec, box)[0].raw
        late = datetime(2060, 1, 1, tzinfo=UTC)
        bundle = read_bundle(pec.authority)
        assert verify_signature(raw, bundle=bundle, at=late).verdict is Verdict.UNTRUSTED

    def test_what_is_not_signed_says_so(self, pec) -> None:
        raw = b"X-Ricevuta: accettazione\r\nSubject: finta\r\n\r\nsono una ricevuta\r\n"
        assert verdict(pec, raw).verdict is Verdict.ABSENT

    @pytest.mark.parametrize("cut", [1, 40, 200, 400])
    def test_a_damaged_signature_is_broken_and_never_an_error(
        self, pec, box, channel, certified, cut
    ) -> None:
        channel.send(certified("mario@pec.example"))
        head, mark, seal = everything(pec, box)[0].raw.partition(b'filename="smime.p7s"\r\n\r\n')
        assert verdict(pec, head + mark + seal[: cut * 4] + b"\r\n--" + seal[-80:]).verdict in (
            Verdict.BROKEN, Verdict.ABSENT,
        )  # fmt: skip


class TestOutcomes:
    def test_a_wrong_password_is_our_fault(self, pec, box, register, certified) -> None:
        account = pec.account(box, password="sbagliata")
        channel = PecChannel(account=account, register=register, clock=lambda: AT)
        outcome = channel.send(certified("mario@pec.example"))
        assert (outcome.code, outcome.permanent) == ("AUTENTICAZIONE", False)
        assert register.raw == {}

    def test_refused_at_the_counter(self, channel, certified) -> None:
        outcome = channel.send(certified("rifiuta@pec.example"))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("550", True)

    def test_too_large_for_pec_is_not_the_mailboxs_fault(
        self, channel, certified, register
    ) -> None:
        heavy = Attachment("atto.pdf", b"%PDF-1.7 " + bytes(25_000_000), "application/pdf")
        outcome = channel.send(replace(certified("mario@pec.example"), attachments=(heavy,)))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent, outcome.blames_contact) == (
            "TROPPO_GRANDE",
            True,
            False,
        )
        assert register.raw == {}

    def test_nobody_there_is_not_sent(self, box, register, certified) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            account = PecAccount(
                box, box, "x", f"smtp://127.0.0.1:{port}", f"imap://127.0.0.1:{port}"
            )
            channel = PecChannel(
                account=account, register=register, clock=lambda: AT, timeout_seconds=2
            )
            assert channel.send(certified("mario@pec.example")).code == "COLLEGAMENTO"
            with pytest.raises(MailboxAway):
                channel.find_sent(self._kept(certified, register), since=AT)

    def test_a_line_that_falls_after_the_text_is_uncertain_and_found_in_the_mailbox(
        self, pec, box, channel, certified
    ) -> None:
        message = certified("cade@pec.example")
        assert isinstance(channel.send(message), Uncertain)
        assert len(pec.taken(to="cade@pec.example")) == 1
        assert channel.find_sent(message, since=AT) == Accepted(message_id(message.attempt_id, box))

    def test_written_down_and_without_a_receipt_stays_uncertain(
        self, channel, certified, register
    ) -> None:
        assert isinstance(channel.find_sent(self._kept(certified, register), since=AT), Uncertain)

    def test_never_written_down_never_left(self, channel, certified) -> None:
        assert channel.find_sent(certified("mario@pec.example"), since=AT) is None

    @pytest.mark.parametrize(
        "to", ["a@b.example\nBcc: c@d.example", "due@x.example, tre@x.example", "non un indirizzo"]
    )
    def test_no_second_recipient_is_smuggled(self, pec, channel, certified, to) -> None:
        outcome = channel.send(certified(to))
        assert isinstance(outcome, Rejected)
        assert outcome.permanent

    @staticmethod
    def _kept(certified: Callable[..., Message], register: Written) -> Message:
        message = certified("mario@pec.example")
        register.keep(message, b"")
        return message


class TestMailbox:
    def test_reading_leaves_everything_unread_and_marks_what_was_taken(
        self, pec, box, channel, certified
    ) -> None:
        channel.send(certified("mario@pec.example"))
        with open_mailbox(pec.account(box)) as mailbox:
            (first, _) = mailbox.newer_than(0, limit=9)
            mailbox.mark_taken(first.uid)
            assert list(mailbox.newer_than(2, limit=9)) == []
        assert [one["flags"] for one in pec.mailbox(box)["messages"]] == [["PayBoxAcquisito"], []]

    def test_a_new_numbering_is_noticed(self, pec, box, channel, certified) -> None:
        channel.send(certified("mario@pec.example"))
        before = everything(pec, box)
        pec.renumber(box)
        after = everything(pec, box)
        assert after[0].uidvalidity == before[0].uidvalidity + 1
        assert [one.raw for one in after] == [one.raw for one in before]

    def test_two_read_at_once(self, pec, box, channel, certified) -> None:
        channel.send(certified("mario@pec.example"))
        read: list[int] = []
        readers = [
            threading.Thread(target=lambda: read.append(len(everything(pec, box))))
            for _ in range(4)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert read == [2, 2, 2, 2]
