"""IMAP4rev1 (RFC 3501), as much as reading a mailbox takes: LOGIN, SELECT, SEARCH, FETCH, STORE and their UID forms.

Before: ``pec_store``.  After: the product's own client, or any other mail program.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from dunning.channels.standins.pec_store import Letterbox, Letterboxes, Stored

MAX_LINE = 64_000
_TOKEN = re.compile(rb'\s*("(?:\\.|[^"\\])*"|[^\s"]+)')
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")


class _No(Exception):
    """The command is understood and refused."""


class _Bad(Exception):
    """The command is not understood."""


@dataclass
class ImapSession:
    """One client's conversation. ``may_enter`` says whether that user has that password."""

    boxes: Letterboxes
    may_enter: Callable[[str, str], bool]
    user: str = ""
    box: Letterbox | None = None
    _said: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until LOGOUT, or until the client goes away."""
        writer.write(b"* OK [CAPABILITY IMAP4rev1] PEC di prova\r\n")
        try:
            while (line := await _command(reader, writer)) is not None:
                writer.write(self.answer(line))
                await writer.drain()
                if b" LOGOUT" in line.upper()[:40]:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    def answer(self, line: bytes) -> bytes:
        """Everything that is said to one command line (its literals already in place)."""
        words = [_plain(one) for one in _TOKEN.findall(line)]
        if len(words) < 2:
            return b"* BAD comando vuoto\r\n"
        tag, self._said = words[0].encode(), []
        try:
            done = self._obey(words[1].upper(), words[2:])
        except _No as refusal:
            done = f"NO {refusal}"
        except (_Bad, IndexError, ValueError) as problem:
            done = f"BAD {problem or 'non compreso'}"
        return b"".join(self._said) + tag + b" " + done.encode() + b"\r\n"

    def _obey(self, order: str, words: list[str]) -> str:
        match order:
            case "CAPABILITY":
                self._say("CAPABILITY IMAP4rev1")
            case "NOOP" | "CHECK":
                pass
            case "LOGOUT":
                self._say("BYE a presto")
            case "LOGIN":
                self._login(words[0], words[1])
            case "LIST":
                self._entered()
                self._say('LIST (\\HasNoChildren) "/" INBOX')
            case "SELECT" | "EXAMINE":
                return self._select(words[0], order)
            case "CLOSE" | "UNSELECT":
                self.box = None
            case "UID":
                self._on_messages(words[0].upper(), words[1:], by_uid=True)
            case "SEARCH" | "FETCH" | "STORE":
                self._on_messages(order, words, by_uid=False)
            case _:
                raise _Bad("comando non previsto")
        return f"OK {order} fatto"

    def _login(self, user: str, password: str) -> None:
        if not self.may_enter(user, password):
            raise _No("[AUTHENTICATIONFAILED] credenziali errate")
        self.user = user

    def _select(self, folder: str, order: str) -> str:
        self._entered()
        if folder.upper() != "INBOX":
            self.box = None
            raise _No("[NONEXISTENT] cartella inesistente")
        self.box = self.boxes.of(self.user)
        self._say(f"{len(self.box.messages())} EXISTS")
        self._say("0 RECENT")
        self._say("FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)")
        self._say(f"OK [UIDVALIDITY {self.box.uidvalidity}] numerazione")
        self._say(f"OK [UIDNEXT {self.box.next_uid}] il prossimo")
        return f"OK [{'READ-WRITE' if order == 'SELECT' else 'READ-ONLY'}] {order} fatto"

    def _on_messages(self, order: str, words: list[str], *, by_uid: bool) -> None:
        if self.box is None:
            raise _Bad("nessuna cartella aperta")
        if order == "SEARCH":
            numbered = list(enumerate(self.box.messages(), 1))
            found = [(n, one) for n, one in numbered if _matches(words, n, one, numbered)]
            self._say(" ".join(["SEARCH", *(str(one.uid if by_uid else n) for n, one in found)]))
            return
        chosen = _chosen(self.box, words[0], by_uid=by_uid)
        if order == "FETCH":
            for number, one in chosen:
                self._fetch(number, one, " ".join(words[1:]), by_uid=by_uid)
        elif order == "STORE":
            for number, one in chosen:
                self._store(number, one, words[1].upper(), words[2:])
        else:
            raise _Bad("comando non previsto")

    def _fetch(self, number: int, one: Stored, items: str, *, by_uid: bool) -> None:
        asked = items.strip("()").upper()
        told = [f"UID {one.uid}".encode()] if by_uid or "UID" in asked.split() else []
        if "FLAGS" in asked.split():
            told.append(f"FLAGS ({' '.join(sorted(one.flags))})".encode())
        if "RFC822.SIZE" in asked.split():
            told.append(f"RFC822.SIZE {len(one.raw)}".encode())
        if re.search(r"BODY(\.PEEK)?\[\]", asked):
            told.append(f"BODY[] {{{len(one.raw)}}}\r\n".encode() + one.raw)
            if "PEEK" not in asked:
                one.flags.add("\\Seen")
        elif re.search(r"BODY(\.PEEK)?\[HEADER\]", asked):
            head = one.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            told.append(f"BODY[HEADER] {{{len(head)}}}\r\n".encode() + head)
        self._said.append(f"* {number} FETCH (".encode() + b" ".join(told) + b")\r\n")

    def _store(self, number: int, one: Stored, how: str, words: list[str]) -> None:
        flags = {flag for flag in " ".join(words).strip("()").split() if flag}
        if how.startswith("+FLAGS"):
            one.flags |= flags
        elif how.startswith("-FLAGS"):
            one.flags -= flags
        elif how.startswith("FLAGS"):
            one.flags = flags
        else:
            raise _Bad("STORE non compreso")
        if not how.endswith(".SILENT"):
            self._say(f"{number} FETCH (FLAGS ({' '.join(sorted(one.flags))}))")

    def _entered(self) -> None:
        if not self.user:
            raise _No("prima LOGIN")

    def _say(self, words: str) -> None:
        self._said.append(b"* " + words.encode() + b"\r\n")


async def _command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """One command with its literals put in quotes; None when the client has gone."""
    whole = b""
    while line := await reader.readline():
        line = line.rstrip(b"\r\n")
        literal = _LITERAL.search(line)
        if literal is None:
            return whole + line
        size = int(literal[1])
        if size > MAX_LINE:
            raise ValueError("letterale troppo grande")
        if not literal[0].endswith(b"+}"):
            writer.write(b"+ avanti\r\n")
            await writer.drain()
        content = await reader.readexactly(size)
        quoted = content.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        whole += line[: literal.start()] + b'"' + quoted + b'"'
    return None


def _plain(token: bytes) -> str:
    text = token.decode("utf-8", "replace")
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _chosen(box: Letterbox, wanted: str, *, by_uid: bool) -> list[tuple[int, Stored]]:
    """Of a set of numbers; one alone, as a client asks for most often, is found at once in a full mailbox."""
    if by_uid and wanted.isdecimal():
        found = box.numbered(int(wanted))
        return [found] if found else []
    numbered = list(enumerate(box.messages(), 1))
    last = _last(numbered, by_uid)
    return [(n, one) for n, one in numbered if _in_set(wanted, one.uid if by_uid else n, last)]


def _last(numbered: list[tuple[int, Stored]], by_uid: bool) -> int:
    if not numbered:
        return 0
    return numbered[-1][1].uid if by_uid else numbered[-1][0]


def _in_set(wanted: str, number: int, last: int) -> bool:
    """``1,3:5,7:*``; in ``9:*`` the last message is meant even when its number is less than 9."""
    for piece in wanted.split(","):
        low, _, high = piece.partition(":")
        ends = sorted(last if end == "*" else int(end) for end in (low, high or low))
        if ends[0] <= number <= ends[1]:
            return True
    return False


def _matches(
    words: Iterable[str], number: int, one: Stored, numbered: list[tuple[int, Stored]]
) -> bool:
    """All the keys of a SEARCH, in AND."""
    left = [word for word in words if word]
    while left:
        key = left.pop(0).upper()
        match key:
            case "ALL" | "CHARSET" | "UTF-8" | "US-ASCII":
                held = True
            case "UID":
                held = _in_set(left.pop(0), one.uid, _last(numbered, by_uid=True))
            case "HEADER":
                name, value = left.pop(0), left.pop(0)
                held = _header_holds(one.raw, name, value)
            case "SEEN" | "UNSEEN":
                held = ("\\Seen" in one.flags) == (key == "SEEN")
            case "KEYWORD" | "UNKEYWORD":
                held = (left.pop(0) in one.flags) == (key == "KEYWORD")
            case _:
                held = _in_set(key, number, _last(numbered, by_uid=False))
        if not held:
            return False
    return True


def _header_holds(raw: bytes, name: str, value: str) -> bool:
    mail = message_from_bytes(raw.partition(b"\r\n\r\n")[0], policy=policy.compat32)
    return any(value.lower() in str(one).lower() for one in mail.get_all(name, []))
