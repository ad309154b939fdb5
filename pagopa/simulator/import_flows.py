"""The intermediary's import of many notices: an address to hand a file to, its progress, the file of what it refused."""

import csv
import io
import secrets
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

from pagopa.simulator.dovuti import Call, Dovuto, DovutoRefused, check_dovuto
from pagopa.wire.values import cents_of

LOADED, LOADING, WAITING, FAILED = (
    "FILE_CARICATO", "FILE_IN_CARICAMENTO", "FILE_SCARICATO", "ERROR_LOAD",
)  # fmt: skip
# The elements of Versamento in their order, with the column that says each.
_ORDER = {
    "tipoIdentificativoUnivoco": "tipoIdentificativoUnivoco",
    "codiceIdentificativoUnivoco": "codiceIdentificativoUnivoco",
    "anagraficaPagatore": "anagraficaPagatore",
    "indirizzoPagatore": "indirizzoPagatore",
    "civicoPagatore": "civicoPagatore",
    "capPagatore": "capPagatore",
    "localitaPagatore": "localitaPagatore",
    "provinciaPagatore": "provinciaPagatore",
    "nazionePagatore": "nazionePagatore",
    "e-mailPagatore": "mailPagatore",
    "dataEsecuzionePagamento": "dataEsecuzionePagamento",
    "tipoVersamento": "tipoVersamento",
    "identificativoUnivocoVersamento": "codIuv",
    "identificativoUnivocoDovuto": "IUD",
    "importoSingoloVersamento": "importoDovuto",
    "identificativoTipoDovuto": "tipoDovuto",
    "causaleVersamento": "causaleVersamento",
    "datiSpecificiRiscossione": "datiSpecificiRiscossione",
}
_VERSION = "6.2.0"


@dataclass(slots=True)
class Import:
    """One file, expected or there; ``asked``: how often its state was asked since it came."""

    ente_code: str
    upload_token: str
    content: bytes = b""
    asked: int = 0
    failed: bool = False
    rejects: list[list[str]] = field(default_factory=list)


class ImportFlows:
    """Kept in memory: a restart forgets what was under way, as a caller must expect."""

    def __init__(self, apply: Callable[[Dovuto], None]) -> None:
        self._apply = apply
        self._imports: dict[str, Import] = {}
        self.files = 0

    def authorise(self, call: Call) -> tuple[str, str]:
        """The token of the request and that of the upload."""
        request, upload = secrets.token_hex(8), secrets.token_hex(16)
        self._imports[request] = Import(call.ente_code, upload)
        return request, upload

    def take(self, upload_token: str, content: bytes) -> bool:
        """False for a token that nobody was given."""
        for one in self._imports.values():
            if secrets.compare_digest(one.upload_token, upload_token):
                one.content = content
                self.files += 1
                return True
        return False

    def state(self, call: Call) -> tuple[str, bool]:
        """The state, and whether there is a file of refusals. It is loaded at the second question. Raises DovutoRefused."""
        one = self._of(call.fields.get("requestToken", ""), call.ente_code)
        if not one.content:
            return WAITING, False
        one.asked += 1
        if one.asked == 1:
            return LOADING, False
        if one.asked == 2:
            self._load(one)
        return (FAILED if one.failed else LOADED), bool(one.rejects)

    def rejects(self, request_token: str) -> bytes:
        """The ZIP of what was refused. Raises DovutoRefused."""
        one = self._of(request_token)
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";", lineterminator="\n").writerows(
            [["IUD", "codIuv", "cod_rifiuto", "de_rifiuto"], *one.rejects]
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("SCARTI.csv", text.getvalue())
        return packed.getvalue()

    def _of(self, request_token: str, ente_code: str = "") -> Import:
        one = self._imports.get(request_token)
        if one is None or (ente_code and one.ente_code != ente_code):
            raise DovutoRefused("PAA_REQUEST_TOKEN_NON_VALIDO", "requestToken sconosciuto")
        return one

    def _load(self, one: Import) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
                text = archive.read(archive.namelist()[0]).decode()
            rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        except (zipfile.BadZipFile, UnicodeDecodeError, IndexError):
            one.failed = True
            return
        for row in rows:
            try:
                self._apply(_dovuto(one.ente_code, row))
            except DovutoRefused as refusal:
                one.rejects.append([row["IUD"], row["codIuv"], refusal.code, str(refusal)])


def _dovuto(ente_code: str, row: dict[str, str]) -> Dovuto:
    said = [f"versioneOggetto={_VERSION}"]
    said += [f"{element}={row[column]}" for element, column in _ORDER.items() if row[column]]
    dovuto = Dovuto(
        ente_code=ente_code,
        iud=row["IUD"],
        iuv=row["codIuv"],
        amount_cents=cents_of(row["importoDovuto"]),
        action=row["azione"],
        content="|".join(said),
    )
    check_dovuto(dovuto)
    return dovuto
