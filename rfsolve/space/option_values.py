"""Option values as a problem file would hold them.

What cannot be parsed stays text: the space refuses it, together with every other mistake, and
names the option.
"""

import tomllib

Whole = int | str
PerAxis = Whole | list[Whole]


def whole(text: str) -> Whole:
    """Return the whole number that the text is, or the text."""
    try:
        return int(text)
    except ValueError:
        return text


def number(text: str) -> float | str:
    """Return the number that the text is, whole where it can be, or the text."""
    found = whole(text)
    try:
        return found if isinstance(found, int) else float(text)
    except ValueError:
        return text


def per_axis(text: str) -> PerAxis:
    """Return `200` as one number for every axis, `200x300` as one per axis."""
    parts = [whole(part) for part in text.split("x")]
    return parts if len(parts) > 1 and not any(isinstance(part, str) for part in parts) else whole(text)


def domain(text: str) -> list[PerAxis]:
    """Return the items of `3,5,1x7`; none for a text without any."""
    return [per_axis(item.strip()) for item in words(text)]


def words(text: str) -> list[str]:
    """Return the parts between commas, none for a text without any."""
    return [word.strip() for word in text.split(",")] if text.strip() else []


def object_size(text: str) -> dict[str, float | str]:
    """Return `20:lffd` as a value and a policy, `20` as a value."""
    value, colon, policy = text.partition(":")
    return {"value": number(value)} | ({"policy": policy} if colon else {})


def toml_value(text: str) -> object:
    """Return what the text means in TOML, or the text where it means nothing there."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text
    return table["value"] if set(table) == {"value"} else text
