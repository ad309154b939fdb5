"""What a person reads on a page, from the answer that brought it."""

import re
from typing import Any


def text_of(answer: Any) -> str:
    """The page as written, with plain spaces and apostrophes."""
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


def seen_on(answer: Any) -> dict[str, str]:
    """What the button «Approva» of the page sends: the fingerprint of what is shown."""
    found = re.search(r'name="impronta" value="(\w+)"', text_of(answer))
    assert found, "la pagina non ha nulla da approvare"
    return {"impronta": found[1]}
