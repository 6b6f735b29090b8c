"""The problem language: what a TOML or JSON problem file may say. Pydantic is met here, and in its `terms`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from rfsolve.space.terms import (
    LARGEST_FIELD,
    LARGEST_LAYERS,
    Amount,
    BlockName,
    Dilations,
    Domain,
    Effective,
    EffectiveLimits,
    FamilyName,
    FieldLimits,
    LayerLimits,
    Limits,
    Name,
    PerAxis,
    PolicyName,
    Positive,
    Ratio,
    RatioRow,
    Table,
    Widths,
    short_for,
)


class InputTable(Table):
    """`[input]`: channels, number of axes (1 signal, 2 image, 3 volume) and size in pixels."""

    channels: Annotated[int, Field(ge=1, le=65_536)] = Field(
        default=3, description="Channels of the input; 3 by default."
    )
    axes: Annotated[int, Field(ge=1, le=3)] | None = Field(
        default=None,
        description="1 for signals, 2 for images, 3 for volumes; told from the lists of the problem, else 2.",
    )
    size: PerAxis | None = Field(
        default=None, description="Size in pixels (height, width); needed to count MACs, activations and entropy."
    )


class LayerTable(Table):
    """What may be chosen for a layer; `[defaults]` and, key by key over it, `[[stack]]`."""

    kernels: Domain | None = Field(
        default=None, description="Kernels to choose from, [1, 7] for one number per axis; [3, 5, 7] by default."
    )
    strides: Domain | None = Field(default=None, description="Strides to choose from; [1, 2] by default.")
    dilations: Dilations | None = Field(default=None, description="Dilations to choose from; [1, 2, 4] by default.")
    widths: Widths | None = Field(
        default=None, description="Channels of a layer, a width plan; '32*jump:512' by default."
    )
    block: BlockName | None = Field(default=None, description="What one layer is made of; conv by default.")
    mode: Literal["nearest", "linear"] | None = Field(
        default=None, description="Interpolation of the block upsample; nearest by default."
    )
    norm: Literal["batch", "group", "none"] | None = Field(
        default=None,
        description="Normalisation after each convolution; batch by default. group reads the mean and variance of the "
        "whole map besides: fields are those of the layers.",
    )
    activation: Literal["relu", "gelu", "silu", "none"] | None = Field(
        default=None, description="Activation after each normalisation; relu by default."
    )
    bias: bool | None = Field(
        default=None, description="Whether convolutions have a bias; by default only where there is no norm."
    )
    expansion: Annotated[int, Field(ge=1, le=32)] | None = Field(
        default=None,
        description="Inner width of inverted (times that before it) and convnext (times its own); 6 by default.",
    )
    reduction: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None, description="Width of the block bottleneck, as a multiple of its inner width; 4 by default."
    )
    padding: Literal["same", "causal", "valid"] | None = Field(
        default=None, description="same on both sides, causal on the left alone, valid nowhere; same by default."
    )
    layers: Annotated[LayerLimits, short_for("min", "max", form=int | LayerLimits)] | None = Field(
        default=None,
        description="How many layers a stack has: { min = 2, max = 20 }, or exactly 12; at least 1 by default, "
        "exactly 1 where it up-samples.",
    )
    undilated_after_stride: Annotated[int, Field(ge=0, le=LARGEST_LAYERS)] | None = Field(
        default=None,
        description="How many undilated layers of the stack must follow each of its strides, before the next one; "
        "0 by default.",
    )


class StackTable(LayerTable):
    """`[[stack]]`: a run of layers; follows the stack before it unless `after` says otherwise."""

    name: Name | None = Field(
        default=None, description="Name of the stack; trunk by default, stack1, stack2, ... where there are several."
    )
    after: str | None = Field(
        default=None, description="The stack, merge or input that it follows; the stack before it by default."
    )
    tied_to: str | None = Field(
        default=None,
        description="A stack whose layers this one repeats: kernel, stride, widths in and out, number, and dilation "
        "unless dilations are stated here; what may be chosen is stated there.",
    )
    shares_weights: bool | None = Field(
        default=None, description="Whether a tied stack has the other's very weights, counted once; false by default."
    )


class MergeTable(Table):
    """`[[merge]]`: where branches meet. `add` wants equal strides and widths, `concat` equal strides."""

    name: Name = Field(description="Name of the merge.")
    op: Literal["add", "concat"] = Field(description="add sums its branches, concat lays their channels side by side.")
    of: Annotated[list[str], Field(min_length=2, max_length=64)] = Field(
        description="The stacks, merges or input that meet here, in order."
    )


class RelationTable(Table):
    """`[[relation]]`: how the receptive fields of several stacks, merges or exits compare."""

    of: Annotated[list[str], Field(min_length=2, max_length=64)] = Field(description="The nodes to compare, in order.")
    receptive_field: Literal["increasing", "different"] = Field(
        description="increasing: each is larger than the one before it; different: no two are equal. Per axis."
    )
    by: Positive = Field(default=1, description="By how many pixels at least; 1 by default.")
    measured_from: str | None = Field(
        default=None, description="The node from which the fields are measured, in its pixels; input by default."
    )


class ObjectTable(Table):
    """`object_size = { value = 20, policy = "lffd" }`, in pixels of the network's input."""

    value: Annotated[float, Field(gt=0, le=LARGEST_FIELD)] = Field(
        description="Size of the object in pixels of the network's input."
    )
    policy: PolicyName = Field(
        default="contains",
        description="Rule from the object's size to what the exit must have, by its name or that of a [[policy]]; "
        "contains by default.",
    )


def _everywhere(value: object) -> object:
    """One number is the ratio at every size."""
    return [[1.0, value]] if isinstance(value, int | float) and not isinstance(value, bool) else value


class PolicyTable(Table):
    """`[[policy]]`: a rule of your own from the size of an object to what an exit must have."""

    name: Name = Field(description="Name of the policy, for object_size.policy.")
    field: Annotated[
        list[RatioRow],
        Field(min_length=1, max_length=64),
        BeforeValidator(_everywhere, json_schema_input_type=Ratio | list[RatioRow]),
    ] = Field(
        description="Receptive field / size: one number, or rows [size in pixels, field / size], linear between them."
    )
    effective: Ratio | None = Field(
        default=None, description="Effective receptive field / size, at least; nothing is asked by default."
    )
    cells: Ratio | None = Field(
        default=None, description="Cells that an object spans at least, size / stride; nothing is asked by default."
    )
    source: str = Field(default="", description="Where the rule comes from.")


class ExitTable(Table):
    """`[[exit]]`: what must hold after a stack; a bare receptive field is a minimum, a bare stride is exact."""

    name: Name | None = Field(
        default=None,
        description="Name of the exit; out by default, that of its stack with .out where there are several.",
    )
    after: str | None = Field(
        default=None, description="The stack or merge that it follows; the last that nothing follows by default."
    )
    output: bool | None = Field(
        default=None,
        description="Whether the network is read out here; false only checks what is required. True by default, false "
        "with measured_from.",
    )
    measured_from: str | None = Field(
        default=None,
        description="The node from which the receptive field is measured, in pixels of that node's grid: a branch's "
        "own field; input by default.",
    )
    receptive_field: Annotated[FieldLimits, short_for("min", form=PerAxis | FieldLimits)] | None = Field(
        default=None,
        description="Receptive field in pixels: at least 100, or { min = 100, max = 140 }, or { exact = 101 }, or "
        "{ about = 100, within = 0.1 }.",
    )
    effective_receptive_field: Annotated[EffectiveLimits, short_for("min", form=Effective | EffectiveLimits)] | None = (
        Field(
            default=None,
            description="Effective receptive field, 4 sigma in pixels: at least 60, or { min = 60, max = 80 }.",
        )
    )
    object_size: Annotated[ObjectTable, short_for("value", form=float | ObjectTable)] | None = Field(
        default=None, description="Size of the objects in pixels: 20, or { value = 20, policy = 'lffd' }."
    )
    stride: Annotated[Limits, short_for("exact", form=PerAxis | Limits)] | None = Field(
        default=None, description="Stride in pixels: exactly 8, or { max = 16 }; guards.max_output_stride by default."
    )
    width: Annotated[Limits, short_for("exact", form=PerAxis | Limits)] | None = Field(
        default=None, description="Channels: exactly 256, or { min = 128 }; as the width plan has it by default."
    )
    hole_free: bool | None = Field(
        default=None, description="Whether every pixel of the field must be seen; as guards.hole_free by default."
    )


class BudgetTable(Table):
    """`[budget]`: caps over the whole design."""

    parameters: Amount | None = Field(default=None, description="Most parameters, e.g. '2M'; no limit by default.")
    macs: Amount | None = Field(
        default=None,
        description="Most multiply-accumulates for one input, e.g. '1G'; needs input.size; no limit by default.",
    )
    layers: Amount | None = Field(default=None, description="Most layers; no limit by default.")
    activations: Amount | None = Field(
        default=None,
        description="Most elements written for one input, e.g. '10M'; needs input.size; no limit by default.",
    )


Minimised = Literal["parameters", "macs", "layers", "activations"]
Maximised = Literal["entropy", "effective_receptive_field"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ObjectiveTable(Table):
    """`[objective]`: what to minimise, most important first; or one quantity to maximise, before those."""

    minimise: (
        Annotated[
            list[Minimised],
            BeforeValidator(_listed, json_schema_input_type=Minimised | list[Minimised]),
            Field(min_length=1),
        ]
        | None
    ) = Field(default=None, description="What to minimise, most important first; ['parameters'] by default.")
    maximise: Maximised | None = Field(
        default=None, description="What to maximise, before anything is minimised; needs a [budget] or layers.max."
    )


def _no_zero(value: object) -> object:
    if value is True or (value == 0 and value is not False):
        raise ValueError(f"{value} is no cap, expected a number of at least 1, or false to switch the guard off")
    return value


Cap = Annotated[Annotated[int, Field(ge=1, le=LARGEST_FIELD)] | Literal[False], BeforeValidator(_no_zero)]


class GuardTable(Table):
    """`[guards]`: on by default, because the unguarded optimum is useless; `false` switches one off."""

    odd_kernels: bool = Field(default=True, description="Kernels are odd, so that they have a centre; true by default.")
    hole_free: bool = Field(default=True, description="Every exit sees every pixel of its field; true by default.")
    max_dilation: Cap = Field(default=8, description="Largest dilation of a layer; 8 by default, false for no limit.")
    max_stride: Cap = Field(default=2, description="Largest stride of a layer; 2 by default, false for no limit.")
    max_output_stride: Cap = Field(
        default=32,
        description="Largest stride in pixels of an exit that asks for none; 32 by default, false for no limit.",
    )
    monotone_widths: bool = Field(default=True, description="No layer narrows; true by default.")


class KnownTable(Table):
    """`[known]`: the best objective found so far, and whether it is proven."""

    objective: Annotated[float, Field(ge=0)] = Field(
        description="The best value known of the first objective, in its unit."
    )
    proven: bool = Field(default=True, description="Whether no better value exists; true by default.")


class FamilyTable(Table):
    """`[family]`: an architecture that the problem starts from; what the file says besides is laid over it."""

    model_config = ConfigDict(extra="allow")

    name: FamilyName = Field(description="One of the families of `rfsolve init`; its parameters stand beside the name.")


AxisValues = str | list[Any]


class SweepTable(Table):
    """`[sweep]`: what `rfsolve sweep` varies; nothing else looks at it."""

    vary: dict[str, AxisValues] = Field(
        default={},
        description="By key of the problem, name of an option of solve or parameter of the family: '50:400:25' or a "
        "list of values.",
    )
    zip: list[Annotated[list[str], Field(min_length=2)]] = Field(
        default=[], description="Axes that move together, value by value; none by default."
    )
    drop: list[str] = Field(
        default=[], description="Combinations to leave out, such as 'levels >= 5 and target_rf < 100'; none by default."
    )


class ProblemDocument(Table):
    """A whole problem file."""

    title: str = Field(default="untitled problem", description="What the problem is, in a line.")
    source: str = Field(default="", description="Where its numbers come from.")
    input: InputTable = Field(default=InputTable(), description="The network's input.")
    defaults: LayerTable = Field(default=LayerTable(), description="What may be chosen for every layer.")
    stack: Annotated[list[StackTable], Field(max_length=64)] = Field(
        default=[], description="The runs of layers to design; one stack named trunk by default."
    )
    merge: Annotated[list[MergeTable], Field(max_length=64)] = Field(
        default=[], description="Where branches meet: additions and concatenations; none by default."
    )
    relation: Annotated[list[RelationTable], Field(max_length=64)] = Field(
        default=[], description="How the receptive fields of several nodes compare; none by default."
    )
    policy: Annotated[list[PolicyTable], Field(max_length=64)] = Field(
        default=[],
        description="Rules of your own from the size of an object to what an exit must have; none by default.",
    )
    exit: Annotated[list[ExitTable], Field(max_length=64)] = Field(
        default=[], description="Where the design is read out, and what must hold there; at least one."
    )
    budget: BudgetTable = Field(default=BudgetTable(), description="Caps over the whole design; none by default.")
    objective: ObjectiveTable = Field(
        default=ObjectiveTable(), description="What to minimise or maximise; the parameters by default."
    )
    guards: GuardTable = Field(default=GuardTable(), description="What keeps designs useful; on by default.")
    family: FamilyTable | None = Field(
        default=None, description="The architecture that the problem starts from; none by default."
    )
    sweep: SweepTable | None = Field(default=None, description="What `rfsolve sweep` varies; nothing by default.")
    known: KnownTable | None = Field(
        default=None, description="The best objective found so far, for problems kept in a library."
    )
