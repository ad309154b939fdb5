"""The name of a text that is not the ordinary one of its act: which texts may have one, and how it is written.

Before: what the office types.  After: ``services/texts`` keeps it with each version; a step of a procedure names it.
"""

from dunning.rules.template_checks import Act, Form, TextDraft, TextRefused

LONGEST_NAME = 60
# Those that a step of a procedure says: the others are never chosen by name.
NAMED_ACTS = (Act.MEMO, Act.REMINDER, Act.DEMAND, Act.ASSESSMENT)
NAMED_FORMS = (Form.SMS, Form.EMAIL, Form.PEC, Form.LETTER)


def clean_name(typed: str) -> str:
    """Without spaces around or repeated."""
    return " ".join(typed.split())


def may_be_named(act: Act, form: Form) -> bool:
    """Whether beside the ordinary text there may be others, each with its name."""
    return act in NAMED_ACTS and form in NAMED_FORMS


def check_name(draft: TextDraft) -> None:
    """Raise TextRefused when the text may not be called so."""
    if not draft.variant:
        return
    if not may_be_named(draft.act, draft.form):
        raise TextRefused(
            "Un testo con un nome serve ai passi delle procedure: può essere un promemoria, un sollecito o un atto, da "
            "mandare per SMS, e-mail, PEC o lettera"
        )
    if len(draft.variant) > LONGEST_NAME:
        raise TextRefused(f"Il nome del testo è troppo lungo: al massimo {LONGEST_NAME} caratteri")
