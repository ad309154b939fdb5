"""The simulator as the process the demo starts."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.pagopa_wire.conftest import TinyEnte


def test_it_starts_says_where_it_listens_and_pays(tmp_path: Path, ente: TinyEnte) -> None:
    command = [
        sys.executable,
        "-m",
        "pagopa.simulator",
        "--port",
        "0",
        "--state",
        str(tmp_path),
        "--ec-url",
        ente.url,
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert found
            order = {"fiscal_code": "80012345678", "notice_number": "301000000000004285"}
            answer = httpx.post(f"{found.group()}/psp/pay", json=order, trust_env=False)
            assert answer.json()["outcome"] == "OK"
        finally:
            process.send_signal(signal.SIGTERM)
    assert len(ente.receipts()) == 1
