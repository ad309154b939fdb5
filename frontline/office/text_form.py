"""What the office types of a text: around the blocks, block by block, and the name of one that is not the ordinary."""

from django import forms

from dunning.rules.legal_texts import BLOCK_CODES, legal_block, written_out
from dunning.rules.text_names import LONGEST_NAME
from paybox.kernel.clock import today

_LANGUAGES = [("", "Nessuna"), ("de", "Tedesco"), ("en", "Inglese"), ("fr", "Francese"), ("sl", "Sloveno")]  # fmt: skip

PLACEHOLDER_WORDS = {
    "nome": "Il nome di chi legge",
    "ente": "Il nome dell'Ente, senza articolo",
    "importo": "La somma da pagare, con gli interessi e le spese",
    "capitale": "La parte di capitale",
    "interessi": "La parte di interessi",
    "spese": "La parte di spese",
    "scadenza": "Il giorno in cui si doveva pagare",
    "giorni": "I giorni che si danno per pagare, scritti più sotto",
    "avvisi": "«il numero avviso …», oppure «gli avvisi già ricevuti» se sono più d'uno",
    "avviso": "Il numero avviso, dove è uno solo",
    "iuv": "Il numero avviso senza la prima cifra",
    "iban": "L'IBAN dell'Ente",
    "link": "L'indirizzo del sito dei pagamenti",
    "ufficio": "L'ufficio a cui rivolgersi, con i recapiti",
    "anni": "Gli anni a cui si riferisce",
    "riscossore": "Chi procede alla riscossione coattiva",
    "saluto": "«Gentile» con il nome; niente se il nome manca",
    "entro": "«entro il» con la scadenza; niente se manca",
    "conto": "«Conto:» con il numero; niente se manca",
}


class TextForm(forms.Form):
    """What goes around the blocks."""

    subject = forms.CharField(label="Oggetto", max_length=200, required=False)
    term_days = forms.IntegerField(
        label="Giorni per pagare ({giorni})", min_value=1, max_value=365, initial=15
    )
    second_language = forms.ChoiceField(label="Seconda lingua", choices=_LANGUAGES, required=False)
    second = forms.CharField(
        label="Testo nella seconda lingua", max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip


class NamedTextForm(TextForm):
    """The same, with the name of a text that is written for the first time."""

    variant = forms.CharField(
        label="Nome del testo", max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"list": "nomi"}),
        help_text="Per esempio «Secondo sollecito, fermo». È il nome con cui lo sceglie un passo della procedura: lo stesso "
        "nome vale per tutti i canali del passo.",
    )  # fmt: skip


class BlockForm(forms.Form):
    """One paragraph; left empty it goes away. A legal one shows the law and cannot be typed."""

    code = forms.ChoiceField(
        choices=[("", ""), *((code, code) for code in sorted(BLOCK_CODES))],
        required=False,
        widget=forms.HiddenInput,
    )
    text = forms.CharField(
        label="Paragrafo", max_length=2000, required=False, strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    @property
    def law(self) -> str:
        """The words of the legal block today; empty for the office's own."""
        code = self["code"].value()
        if not code or code not in BLOCK_CODES:
            return ""
        return written_out(legal_block(code, on=today()), on=today())


BlockFormSet = forms.formset_factory(BlockForm, extra=1, max_num=20, validate_max=True)
