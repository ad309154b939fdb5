"""A DNS server on the loopback that knows only the TXT records it is given."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@contextmanager
def dns_server(records: dict[str, list[str]]) -> Iterator[str]:
    """Answers UDP queries; yields ``host:port``."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    line.settimeout(0.2)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                raw, who = line.recvfrom(4096)
            except TimeoutError:
                continue
            line.sendto(_answer(raw, records), who)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{line.getsockname()[1]}"
    stop.set()
    thread.join()
    line.close()


def _answer(raw: bytes, records: dict[str, list[str]]) -> bytes:
    query = dns.message.from_wire(raw)
    answer = dns.message.make_response(query, recursion_available=True)
    name = query.question[0].name
    texts = records.get(name.to_text(omit_final_dot=True).lower())
    if texts is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif texts:
        quoted = [
            " ".join(f'"{text[i : i + 200]}"' for i in range(0, len(text), 200)) for text in texts
        ]
        answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", quoted))
    return answer.to_wire(max_size=65_535)
