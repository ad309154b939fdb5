"""IBAN and codice tassonomico as an official types them."""

from django import forms
from django.conf import settings

from billing.rules.taxonomy import TaxonomyRefused, check_taxonomy

_POSTAL_ABI = "07601"


def clean_iban(typed: str) -> str:
    """Blanks away; the check digits must be right. Empty stays empty."""
    from schwifty import IBAN

    iban = "".join(typed.split()).upper()
    if iban and not IBAN(iban, allow_invalid=True).is_valid:
        raise forms.ValidationError("L'IBAN contiene un errore: controllare quanto scritto.")
    return iban


def clean_postal_iban(typed: str) -> str:
    """An IBAN of a conto corrente postale."""
    iban = clean_iban(typed)
    if iban and (iban[:2], iban[5:10]) != ("IT", _POSTAL_ABI):
        raise forms.ValidationError("Non è l'IBAN di un conto corrente postale (ABI 07601).")
    return iban


def clean_taxonomy(typed: str) -> str:
    """In its frame. Empty stays empty."""
    if not typed.strip():
        return ""
    try:
        return check_taxonomy(typed, known=settings.ENVIRONMENT.taxonomy)
    except TaxonomyRefused as refusal:
        raise forms.ValidationError(f"{refusal}.") from refusal
