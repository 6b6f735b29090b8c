"""The terms of the problem language: numbers per axis, domains, amounts, widths, and limits."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from rfsolve.space.blocks import BLOCKS
from rfsolve.space.families import FAMILIES
from rfsolve.space.policies import POLICIES
from rfsolve.space.quantity import parse_quantity
from rfsolve.space.widths import FORMS, WidthPlan, parse_widths

LARGEST_FIELD = 1_000_000
LARGEST_KERNEL = 1_023
LARGEST_DILATION = 65_536
LARGEST_LAYERS = 10_000

Positive = Annotated[int, Field(ge=1, le=LARGEST_FIELD)]
PerAxis = Positive | Annotated[list[Positive], Field(min_length=1, max_length=3)]
"""One number for every axis, or one per axis (height, width; depth first in 3-D)."""

Ratio = Annotated[float, Field(gt=0, le=1_000)]
RatioRow = Annotated[list[Ratio | Annotated[float, Field(gt=0, le=LARGEST_FIELD)]], Field(min_length=2, max_length=2)]
"""A size in pixels, and field / size there."""

Small = Annotated[int, Field(ge=1, le=LARGEST_KERNEL)]
SmallPerAxis = Small | Annotated[list[Small], Field(min_length=1, max_length=3)]
Domain = Annotated[list[SmallPerAxis], Field(min_length=1, max_length=64)]

Dilation = Annotated[int, Field(ge=1, le=LARGEST_DILATION)]
DilationPerAxis = Dilation | Annotated[list[Dilation], Field(min_length=1, max_length=3)]
Dilations = Annotated[list[DilationPerAxis], Field(min_length=1, max_length=64)]

Amount = Annotated[
    int,
    BeforeValidator(parse_quantity),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^[0-9_,.]+[kKMGBT]?$"}]}
    ),
]
Widths = Annotated[
    WidthPlan,
    BeforeValidator(parse_widths),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "description": FORMS,
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
            ],
        }
    ),
]


def one_of(known: Mapping[str, object], word: str) -> AfterValidator:
    """Refuse a text that is none of the names known."""

    def known_name(value: str) -> str:
        if value not in known:
            raise ValueError(f"unknown {word} {value!r}, expected one of {', '.join(sorted(known))}")
        return value

    return AfterValidator(known_name)


Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^.]+$")]
"""A dot is for the names that rfsolve gives to layers, such as trunk.1.conv."""

PolicyName = Annotated[
    str, WithJsonSchema({"anyOf": [{"type": "string", "enum": sorted(POLICIES)}, {"type": "string"}]})
]
"""One that is published, or the name of a `[[policy]]`; which of these there are, only the whole document says."""
BlockName = Annotated[str, one_of(BLOCKS, "block"), Field(json_schema_extra={"enum": sorted(BLOCKS)})]
FamilyName = Annotated[str, one_of(FAMILIES, "family"), Field(json_schema_extra={"enum": sorted(FAMILIES)})]


class Table(BaseModel):
    """A table of a problem file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)


def short_for(*keys: str, form: Any) -> BeforeValidator:  # noqa: ANN401 - a type, or a union of types
    """Let a bare number (or list of them) stand for a table with these keys; the schema shows both forms."""

    def spread(value: object) -> object:
        is_short = isinstance(value, int | float | list) and not isinstance(value, bool)
        return dict.fromkeys(keys, value) if is_short else value

    return BeforeValidator(spread, json_schema_input_type=form)


class Limits(Table):
    """Bounds of a quantity; `exact` is both."""

    min: PerAxis | None = Field(default=None, description="At least this, for every axis or one number per axis.")
    max: PerAxis | None = Field(default=None, description="At most this, for every axis or one number per axis.")
    exact: PerAxis | None = Field(
        default=None, description="Exactly this, for every axis or one number per axis; in place of min and max."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.exact is not None and (self.min is not None or self.max is not None):
            raise ValueError("exact goes without min and max")
        if self.exact is None and self.min is None and self.max is None:
            raise ValueError("expected min, max or exact")
        if self.min is not None and self.max is not None:
            pairs = zip(*_broadcast(self.min, self.max), strict=False)
            if any(low > high for low, high in pairs):
                raise ValueError(f"contradictory limits: min {self.min} is above max {self.max}")
        return self


class FieldLimits(Limits):
    """Bounds of a receptive field; `about` with `within` bounds it on both sides."""

    about: PerAxis | None = Field(
        default=None, description="The field meant, for every axis or one number per axis; goes with within."
    )
    within: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None,
        description="How far off `about` the field may be, as a part of it: 0.1 lets it be from 180 to 220 for 200.",
    )

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, value: Any) -> Any:  # noqa: ANN401 - what a file holds
        """State `about` and `within` as the bounds that they mean, in whole pixels inside the range."""
        if not isinstance(value, dict) or not {"about", "within"} & value.keys():
            return value
        if missing := {"about", "within"} - value.keys():
            raise ValueError(f"about goes with within, expected {missing.pop()} too")
        if value.keys() & BOUNDS:
            raise ValueError("about goes without min, max and exact")
        about, within = value["about"], value["within"]
        numbers = about if isinstance(about, list) else [about]
        whole = bool(numbers) and all(type(number) is int and number > 0 for number in numbers)
        if not whole or type(within) not in {int, float} or not 0 <= within < 1:
            return value
        part = Fraction(str(within))
        least = [ceil(number * (1 - part)) for number in numbers]
        most = [floor(number * (1 + part)) for number in numbers]
        both = (least, most) if isinstance(about, list) else (least[0], most[0])
        return {**value, **dict(zip(("min", "max"), both, strict=True))}


BOUNDS = frozenset({"min", "max", "exact"})


def _broadcast(*values: PerAxis) -> list[list[int]]:
    axes = max(len(value) if isinstance(value, list) else 1 for value in values)
    return [value if isinstance(value, list) else [value] * axes for value in values]


class LayerLimits(Table):
    """How many layers a stack may have."""

    min: Annotated[int, Field(ge=0, le=LARGEST_LAYERS)] = Field(
        default=1, description="Fewest layers; 1 by default, 0 lets the stack be empty."
    )
    max: Annotated[int, Field(ge=0, le=LARGEST_LAYERS)] | None = Field(
        default=None, description="Most layers; no limit by default."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"contradictory limits: min {self.min} is above max {self.max}")
        return self


Effective = Annotated[float, Field(gt=0, le=LARGEST_FIELD)]


class EffectiveLimits(Table):
    """Bounds of the effective receptive field, 4 sigma, in pixels; for every axis."""

    min: Effective | None = Field(default=None, description="At least this, in pixels, on every axis.")
    max: Effective | None = Field(default=None, description="At most this, in pixels, on every axis.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("expected min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"contradictory limits: min {self.min} is above max {self.max}")
        return self
