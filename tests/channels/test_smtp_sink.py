"""The mail sink is itself something people look at: it must be safe, and survive."""

from collections.abc import Callable
from pathlib import Path

from dunning.channels.protocol import Attachment, Message
from tests.channels.conftest import Sink
from tests.channels.test_email import channel_to

Mail = Callable[..., Message]


def test_nothing_of_a_message_becomes_markup(sink: Sink, mail: Mail) -> None:
    evil = "<script>alert(1)</script>"
    attachment = Attachment(f"{evil}.html", evil.encode(), "text/html")
    message = mail(subject=evil, text=evil, html=f"<p>{evil}</p>", attachments=(attachment,))
    channel_to(sink.smtp_port).send(message)
    (one,) = sink.to(message.to)
    for path in ("/", f"/messages/{one['id']}", f"/?to={evil}"):
        answer = sink.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "&lt;script&gt;" in sink.get("/").text


def test_an_attachment_is_only_ever_downloaded(sink: Sink, mail: Mail) -> None:
    message = mail(attachments=(Attachment('a"; x="b.pdf', b"%PDF-1.7 abc", "application/pdf"),))
    channel_to(sink.smtp_port).send(message)
    (one,) = sink.to(message.to)
    answer = sink.get(f"/messages/{one['id']}/attachments/0")
    assert answer.content == b"%PDF-1.7 abc"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''a%22%3B")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_what_is_not_there_is_not_found(sink: Sink) -> None:
    for path in ("/messages/99999999", "/messages/..%2f..%2fetc", "/messages/1.eml", "/altro"):
        assert sink.get(path).status_code == 404


def test_the_mail_is_still_there_after_a_kill(tmp_path: Path, mail: Mail) -> None:
    first, second = mail(), mail()
    sink = Sink(tmp_path)
    channel_to(sink.smtp_port).send(first)
    sink.process.kill()
    again = Sink(tmp_path)
    try:
        channel_to(again.smtp_port).send(second)
        assert [one["id"] for one in again.to(first.to)] == ["00000001"]
        assert [one["id"] for one in again.to(second.to)] == ["00000002"]
    finally:
        again.process.stop()
