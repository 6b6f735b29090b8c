"""Names of layers as names in code: identifiers, one for each, whatever the layer is called."""

import keyword
import re
from collections.abc import Collection, Iterable

_REFUSED = re.compile(r"[^0-9A-Za-z_]+")

_LONGEST = 60
"""Characters of an identifier: a line of code has 120."""


def identifier(text: str, *, prefix: str = "layer", taken: Collection[str] = ()) -> str:
    """Return an ASCII identifier like the text, none of those taken; `prefix` comes before a digit or stands alone."""
    plain = _REFUSED.sub("_", text).strip("_")[:_LONGEST]
    if not plain or plain[0].isdigit():
        plain = f"{prefix}{plain}"
    return free(f"{plain}_" if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) else plain, taken)


def identifiers(texts: Iterable[str], *, prefix: str = "layer", taken: Collection[str] = ()) -> dict[str, str]:
    """Return an identifier for each text, all of them different and none of those taken."""
    found: dict[str, str] = {}
    used = set(taken)
    for text in texts:
        found[text] = identifier(text, prefix=prefix, taken=used)
        used.add(found[text])
    return found


def camel(text: str) -> str:
    """Return the words of a text as one word, each with a capital: `max_pool` as `MaxPool`."""
    return "".join(word[:1].upper() + word[1:] for word in _REFUSED.sub("_", text).split("_"))


def free(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
