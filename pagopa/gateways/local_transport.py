"""zeep's way to the world, cut down: documents from our own folder only, messages by POST only.

Imported lazily, because zeep is heavy.
"""

from pathlib import Path
from typing import Any

from zeep.transports import Transport

from pagopa.gateways.patience import SlowDown

_OWN_FOLDER = Path(__file__).parent


class LocalTransport(Transport):
    """Loads nothing but files that lie beside this one."""

    def load(self, url: str) -> bytes:
        """Raises PermissionError for any other address: a WSDL must not make us call anywhere."""
        path = Path(url).resolve()
        if path.parent != _OWN_FOLDER.resolve():
            raise PermissionError(f"documento non ammesso: {url}")
        return path.read_bytes()

    def post(self, address: str, message: Any, headers: Any) -> Any:
        """Raises SlowDown where the counterpart asks for it."""
        upper: Any = super()  # ships no types
        answer = upper.post(address, message, headers)
        if answer.status_code == 429:
            raise SlowDown(answer.headers.get("retry-after", ""))
        return answer
