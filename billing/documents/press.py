"""The press: one template plus one context becomes a tagged PDF/UA-1, without touching the network.

Before: composition, receipts and letters prepare the words.  After: RenderedPdf.
WeasyPrint lives behind this module; fonts and style sheets are read once for each process.
"""

import atexit
import importlib.util
import threading
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from billing.documents.data import BoundPdf, RenderedPdf
from billing.documents.tagging import put_tags_right

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FOR_READERS, FOR_PRINTERS = "pdf/ua-1", "pdf/a-2u"
_FACES = (
    ("Titillium Web", 400, "Titillium_Web/titillium-web-v10-latin-ext_latin-regular.ttf"),
    ("Titillium Web", 600, "Titillium_Web/titillium-web-v10-latin-ext_latin-600.ttf"),
    ("Titillium Web", 700, "Titillium_Web/titillium-web-v10-latin-ext_latin-700.ttf"),
    ("Roboto Mono", 400, "Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.ttf"),
    ("Roboto Mono", 700, "Roboto_Mono/roboto-mono-v13-latin-ext_latin-700.ttf"),
)


class FontsMissing(RuntimeError):
    """The fonts of the notice are not installed with the product."""


class Press:
    """A warm WeasyPrint: shared fonts, parsed style sheets, compiled templates. Thread-safe."""

    def __init__(self) -> None:
        from weasyprint.text.fonts import FontConfiguration

        self._engine = Engine(dirs=[str(TEMPLATES)], autoescape=True)
        self._fonts = FontConfiguration()
        self._faces = self._parse_css(font_faces_css())
        self._sheets: dict[str, Any] = {}
        self._turn = threading.Lock()

    def print_pdf(
        self, template: str, sheet: str, context: dict[str, Any], *, second_language: str = ""
    ) -> RenderedPdf:
        """Render ``templates/documents/<template>`` with the style sheet of the same folder.

        ``second_language``: that of its sections, where it is not the Italian of the rest.
        """
        html = self._engine.get_template(f"documents/{template}").render(Context(context))
        with self._turn:
            return self._typeset(html, sheet, second_language)

    def bind_pdf(self, template: str, sheet: str, contexts: list[dict[str, Any]]) -> BoundPdf:
        """The same template many times in one PDF/A-2u for a printer; each begins on a page of its own."""
        compiled = self._engine.get_template(f"documents/{template}")
        with self._turn:
            laid = [self._lay(compiled.render(Context(c)), sheet, FOR_PRINTERS) for c in contexts]
            pages = [page for document in laid for page in document.pages]
            pdf = laid[0].copy(pages).write_pdf(pdf_variant=FOR_PRINTERS)
        return BoundPdf(pdf=pdf, pages=tuple(len(document.pages) for document in laid))

    def _typeset(self, html: str, sheet: str, second_language: str) -> RenderedPdf:
        document = self._lay(html, sheet, FOR_READERS)
        finisher = partial(put_tags_right, second_language)
        pdf = document.write_pdf(finisher=finisher, pdf_variant=FOR_READERS)
        return RenderedPdf(pdf=pdf, pages=len(document.pages))

    def _lay(self, html: str, sheet: str, variant: str) -> Any:
        from weasyprint import HTML

        styles = [self._faces, self._sheet(sheet)]
        return HTML(string=html, url_fetcher=own_files_only()).render(
            font_config=self._fonts, stylesheets=styles, pdf_variant=variant
        )

    def _sheet(self, name: str) -> Any:
        if name not in self._sheets:
            text = (TEMPLATES / "documents" / name).read_text(encoding="utf-8")
            self._sheets[name] = self._parse_css(text)
        return self._sheets[name]

    def _parse_css(self, text: str) -> Any:
        from weasyprint import CSS

        return CSS(string=text, font_config=self._fonts, url_fetcher=own_files_only())


@cache
def the_press() -> Press:
    """The press of this process, warmed at the first use."""
    # Its fonts hold a temporary folder, which must go while the interpreter is still whole.
    atexit.register(the_press.cache_clear)
    return Press()


def font_faces_css() -> str:
    """The ``@font-face`` rules of Titillium Web and Roboto Mono. Raises FontsMissing."""
    folder = fonts_folder()
    rule = "@font-face{{font-family:'{}';font-weight:{};src:url('{}')}}"
    return "".join(
        rule.format(family, weight, (folder / file).as_uri()) for family, weight, file in _FACES
    )


@cache
def fonts_folder() -> Path:
    """Where the installed Italian design package keeps its fonts. Raises FontsMissing."""
    package = importlib.util.find_spec("bootstrap_italia_template")
    for place in (package and package.submodule_search_locations) or ():
        folder = Path(place) / "static" / "fonts"
        if folder.is_dir():
            return folder
    raise FontsMissing("I caratteri Titillium Web e Roboto Mono non sono installati.")


@cache
def own_files_only() -> Any:
    """The only way a document may ask for anything: ``data:`` addresses and our fonts."""
    from weasyprint.urls import URLFetcher

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.lower().startswith("file:"):
                self._refuse_foreign(url)
            return super().fetch(url, headers)

        @staticmethod
        def _refuse_foreign(url: str) -> None:
            if url not in {(fonts_folder() / file).as_uri() for _, _, file in _FACES}:
                raise ValueError("Un documento non può leggere file.")

    return OwnFilesOnly(allowed_protocols=("data", "file"), allow_redirects=False)
