"""Values of layer fields as JSON: integers, fractions, choices, and tuples of them."""

from enum import StrEnum
from fractions import Fraction
from math import isfinite
from types import UnionType
from typing import Any, Union, get_args, get_origin

LARGEST = (1 << 31) - 1  # of an integer field; keeps a hostile document from asking for the moon
_SHORT = 56  # characters of a value quoted in an error, which is one line
LONGEST = 64  # items of a tuple; the vocabulary needs three


class FieldError(ValueError):
    """A value that is not of its field's type."""


def encoded(value: object) -> Any:  # noqa: ANN401 - JSON, and types as values
    """The value as JSON.

    Tuples become lists, fractions "3/2" (whole ones integers), choices their names.
    """
    if isinstance(value, tuple):
        return [encoded(item) for item in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value.value if isinstance(value, StrEnum) else value


def decoded(value: object, hint: Any) -> Any:  # noqa: ANN401 - JSON, and types as values
    """The value of type `hint` that this JSON stands for; FieldError if it stands for none."""
    if get_origin(hint) in (Union, UnionType):
        return _optional(value, hint)
    if get_origin(hint) is tuple:
        return _tuple(value, get_args(hint))
    if hint is Fraction:
        return _fraction(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(value, hint)
    return _plain(value, hint)


def _optional(value: object, hint: object) -> object:
    kinds = get_args(hint)
    if value is None:
        if type(None) in kinds:
            return None
        raise FieldError("must not be null")
    (kind,) = (one for one in kinds if one is not type(None))
    return decoded(value, kind)


def _tuple(value: object, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise FieldError(f"must be a list, not {_short(value)}")
    if len(value) > LONGEST:
        raise FieldError(f"has {len(value)} items, more than any layer has")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise FieldError(f"must have {len(kinds)} items, not {len(value)}")
    return tuple(decoded(item, kind) for item, kind in zip(value, kinds, strict=True))


def _fraction(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise FieldError(f'must be a number or a ratio such as "3/2", not {_short(value)}')
    try:
        ratio = Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise FieldError(f'must be a number or a ratio such as "3/2", not {_short(value)}') from error
    if max(abs(ratio.numerator), ratio.denominator) > LARGEST:
        ratio = ratio.limit_denominator(1 << 16)
    if abs(ratio.numerator) > LARGEST:
        raise FieldError(f"is out of range: {_short(value)}")
    return ratio


def _choice(value: object, hint: type[StrEnum]) -> StrEnum:
    choices = [one.value for one in hint]
    if value not in choices:
        raise FieldError(f"must be one of {', '.join(choices)}, not {_short(value)}")
    return hint(value)


def _plain(value: object, hint: object) -> object:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value)
    if type(value) is not hint:
        raise FieldError(f"must be {_WORDS.get(hint, hint)}, not {_short(value)}")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise FieldError("is out of range: more than 2147483647")
    return value


def _finite(value: float) -> float:
    if abs(value) > LARGEST or not isfinite(value):
        raise FieldError(f"is out of range: {_short(value)}")
    return float(value)


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) > LARGEST:
        return "an integer out of range"
    text = repr(value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]} ..."


_WORDS: dict[object, str] = {int: "an integer", bool: "true or false", str: "a string"}
