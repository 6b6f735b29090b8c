"""The problem language: what a TOML or JSON problem file may say. The only place where pydantic is met."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

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
from rfsolve.space.policies import POLICIES
from rfsolve.space.quantity import parse_quantity
from rfsolve.space.widths import FORMS, WidthPlan, parse_widths

LARGEST_FIELD = 1_000_000
LARGEST_KERNEL = 1_023
LARGEST_LAYERS = 10_000

Positive = Annotated[int, Field(ge=1, le=LARGEST_FIELD)]
PerAxis = Positive | Annotated[list[Positive], Field(min_length=1, max_length=3)]
"""One number for every axis, or one per axis (height, width; depth first in 3-D)."""

Small = Annotated[int, Field(ge=1, le=LARGEST_KERNEL)]
SmallPerAxis = Small | Annotated[list[Small], Field(min_length=1, max_length=3)]
Domain = Annotated[list[SmallPerAxis], Field(min_length=1, max_length=64)]

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


def _one_of(known: Mapping[str, object], word: str) -> AfterValidator:
    def known_name(value: str) -> str:
        if value not in known:
            raise ValueError(f"unknown {word} {value!r}, expected one of {', '.join(sorted(known))}")
        return value

    return AfterValidator(known_name)


BlockName = Annotated[str, _one_of(BLOCKS, "block"), Field(json_schema_extra={"enum": sorted(BLOCKS)})]
PolicyName = Annotated[str, _one_of(POLICIES, "policy"), Field(json_schema_extra={"enum": sorted(POLICIES)})]


class Table(BaseModel):
    """A table of a problem file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)


def _spread(exact: str) -> Any:  # noqa: ANN401 - a validator in the middle of untyped data
    def spread(value: object) -> object:
        return {exact: value} if isinstance(value, int | float | list) and not isinstance(value, bool) else value

    return BeforeValidator(spread)


class Limits(Table):
    """Bounds of a quantity; `exact` is both."""

    min: PerAxis | None = None
    max: PerAxis | None = None
    exact: PerAxis | None = None

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


def _broadcast(*values: PerAxis) -> list[list[int]]:
    axes = max(len(value) if isinstance(value, list) else 1 for value in values)
    return [value if isinstance(value, list) else [value] * axes for value in values]


class LayerLimits(Table):
    """How many layers a stack may have."""

    min: Annotated[int, Field(ge=0, le=LARGEST_LAYERS)] = 1
    max: Annotated[int, Field(ge=0, le=LARGEST_LAYERS)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"contradictory limits: min {self.min} is above max {self.max}")
        return self


def _exact_layers(value: object) -> object:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


class InputTable(Table):
    """`[input]`: channels, number of axes (1 signal, 2 image, 3 volume) and size in pixels."""

    channels: Annotated[int, Field(ge=1, le=65_536)] = 3
    axes: Annotated[int, Field(ge=1, le=3)] | None = None
    size: PerAxis | None = None


class LayerTable(Table):
    """What may be chosen for a layer; `[defaults]` and, key by key over it, `[[stack]]`."""

    kernels: Domain | None = None
    strides: Domain | None = None
    dilations: Domain | None = None
    widths: Widths | None = None
    block: BlockName | None = None
    norm: Literal["batch", "none"] | None = None
    activation: Literal["relu", "none"] | None = None
    bias: bool | None = None
    expansion: Annotated[int, Field(ge=1, le=32)] | None = None
    reduction: Annotated[int, Field(ge=1, le=64)] | None = None
    padding: Literal["same", "causal", "valid"] | None = None
    layers: Annotated[LayerLimits, BeforeValidator(_exact_layers)] | None = None


class StackTable(LayerTable):
    """`[[stack]]`: a run of layers; follows the stack before it unless `after` says otherwise."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    after: str | None = None


class ObjectTable(Table):
    """`object_size = { value = 20, policy = "lffd" }`, in pixels of the network's input."""

    value: Annotated[float, Field(gt=0, le=LARGEST_FIELD)]
    policy: PolicyName = "contains"


def _object_value(value: object) -> object:
    return {"value": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


Effective = Annotated[float, Field(gt=0, le=LARGEST_FIELD)]


class EffectiveLimits(Table):
    """Bounds of the effective receptive field, 4 sigma, in pixels; for every axis."""

    min: Effective | None = None
    max: Effective | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("expected min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"contradictory limits: min {self.min} is above max {self.max}")
        return self


class ExitTable(Table):
    """`[[exit]]`: what must hold after a stack; a bare receptive field is a minimum, a bare stride is exact."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    after: str | None = None
    receptive_field: Annotated[Limits, _spread("min")] | None = None
    effective_receptive_field: Annotated[EffectiveLimits, _spread("min")] | None = None
    object_size: Annotated[ObjectTable, BeforeValidator(_object_value)] | None = None
    stride: Annotated[Limits, _spread("exact")] | None = None
    width: Annotated[Limits, _spread("exact")] | None = None
    hole_free: bool | None = None


class BudgetTable(Table):
    """`[budget]`: caps over the whole design."""

    parameters: Amount | None = None
    macs: Amount | None = None
    layers: Amount | None = None
    activations: Amount | None = None


Minimised = Literal["parameters", "macs", "layers", "activations"]
Maximised = Literal["entropy", "effective_receptive_field"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ObjectiveTable(Table):
    """`[objective]`: what to minimise, most important first; or one quantity to maximise, before those."""

    minimise: Annotated[list[Minimised], BeforeValidator(_listed), Field(min_length=1)] | None = None
    maximise: Maximised | None = None


Cap = Annotated[int, Field(ge=1, le=LARGEST_FIELD)] | Literal[False]


class GuardTable(Table):
    """`[guards]`: on by default, because the unguarded optimum is useless; `false` switches one off."""

    odd_kernels: bool = True
    hole_free: bool = True
    max_dilation: Cap = 8
    max_stride: Cap = 2
    max_output_stride: Cap = 32
    monotone_widths: bool = True


class KnownTable(Table):
    """`[known]`: the best objective found so far, and whether it is proven."""

    objective: Annotated[float, Field(ge=0)]
    proven: bool = True


class ProblemDocument(Table):
    """A whole problem file."""

    title: str = "untitled problem"
    source: str = ""
    input: InputTable = InputTable()
    defaults: LayerTable = LayerTable()
    stack: Annotated[list[StackTable], Field(max_length=64)] = []
    exit: Annotated[list[ExitTable], Field(max_length=64)] = []
    budget: BudgetTable = BudgetTable()
    objective: ObjectiveTable = ObjectiveTable()
    guards: GuardTable = GuardTable()
    known: KnownTable | None = None
