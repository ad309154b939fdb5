"""The two Enti of the demo, provisioned through the same command an administrator uses."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from paybox.demo.stack import BROKER, ROOT, STATION
from paybox.embedded.processes import CannotStart

BORGO_CF, VALLE_CF = "80012345678", "80098765432"

_COMMON = ["--broker", BROKER, "--station", STATION]
_ENTI = (
    ["--schema", "borgo", "--name", "Comune di Borgo", "--kind", "COMUNE", "--codice-fiscale", BORGO_CF,
     "--domain", "borgo.localhost", "--segregation", "01", "--iban", "IT60X0542811101000000123456",
     "--ipa-code", "c_borgo", "--cbill", "BRG01", "--sms-alias", "Borgo",
     "--postal-account", "000012345678", "--postal-holder", "COMUNE DI BORGO SERVIZIO TESORERIA",
     "--postal-authorization", "AUT. DB/0000/XXX 00000 DEL 01/01/2026",
     "--address", "Piazza del Popolo 1, 00010 Borgo (RM)", "--phone", "06 0000000",
     "--email", "tributi@comune.borgo.example", "--website", "https://www.comune.borgo.example"],
    ["--schema", "valle", "--name", "Ordine di Valle", "--kind", "ORDINE", "--codice-fiscale", VALLE_CF,
     "--domain", "valle.localhost", "--segregation", "02", "--iban", "IT60X0542811101000000123456",
     "--ipa-code", "o_valle", "--cbill", "VLL02", "--sms-alias", "OrdineValle",
     "--address", "Via dell'Albo 7, 00020 Valle (RM)", "--phone", "06 1111111",
     "--email", "segreteria@ordine.valle.example", "--website", "https://www.ordine.valle.example"],
)  # fmt: skip


def prepare_database(var_dir: Path) -> None:
    """Bring the schemas to the head and provision Borgo and Valle, as the owner role.

    Repeatable; skipped when the same code has prepared the same database before.
    """
    marker, fingerprint = var_dir / "prepared", _fingerprint()
    if marker.exists() and marker.read_text() == fingerprint:
        return
    _manage("migrate_enti")
    for ente in _ENTI:
        _manage("provision_ente", *ente, *_COMMON)
    marker.write_text(fingerprint)


def _fingerprint() -> str:
    """Of the migrations, of the Enti and of the database they are in."""
    digest = hashlib.sha256(json.dumps([_ENTI, _COMMON]).encode())
    migrations = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("paybox/kernel/migrations/*.py")]
    for source in sorted(migrations):
        digest.update(source.read_bytes())
    digest.update(urlsplit(os.environ["DATABASE_URL"]).path.encode())
    return digest.hexdigest()


def _manage(*command: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own manage.py
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(
            f"«manage.py {command[0]}» non è riuscito:\n{done.stderr.strip()[-2000:]}"
        )
