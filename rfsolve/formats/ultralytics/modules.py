"""The rows of each unit of a network: a module of Ultralytics where there is one, of torch.nn elsewhere."""

from collections.abc import Sequence
from functools import singledispatch

from rfsolve.errors import GraphError
from rfsolve.formats.torch.modules import ACTIVATIONS
from rfsolve.formats.ultralytics.rows import Flow, Rows, per_axis
from rfsolve.formats.units import Unit
from rfsolve.graph import (
    Activation,
    Add,
    Concat,
    Conv,
    ConvTranspose,
    Dropout,
    Layer,
    Norm,
    NormKind,
    Pad,
    PadMode,
    PixelShuffle,
    Pool,
    PoolKind,
    Resize,
    ResizeMode,
)
from rfsolve.graph.convolution import Pairs
from rfsolve.windows import Coordinates, Rounding

MULTIPLE = 8
"""The parser rounds the width of its own modules up to a multiple of this."""


def write_unit(unit: Unit, rows: Rows) -> None:
    """Add the rows of a unit; the last of them makes its result.

    Raises:
        GraphError: Ultralytics has no such module; names the layer.

    """
    _write(unit.layer, unit, rows)
    rows.keep(unit.result)


def is_own(unit: Unit) -> bool:
    """Return whether the unit is Ultralytics' `Conv`: no bias, a batch norm, a width that is not rounded."""
    layer, norm = unit.layer, unit.norm
    if not isinstance(layer, Conv) or norm is None or norm.kind is not NormKind.BATCH or not norm.affine:
        return False
    return not layer.bias and layer.out_channels % MULTIPLE == 0 and len(set(layer.dilation)) == 1


def activation_class(activation: Activation) -> str | None:
    """Return an activation as the YAML calls it, `nn.ReLU`; None where it has none or needs arguments."""
    name, arguments = ACTIVATIONS.get(activation.kind, ("", {}))
    return f"nn.{name}" if name and not arguments else None


def _missing(name: str, what: str) -> GraphError:
    return GraphError(name, f"Ultralytics has no module for {what}")


@singledispatch
def _write(layer: Layer, unit: Unit, rows: Rows) -> None:  # noqa: ARG001 - the signature of a writer
    raise _missing(unit.name, layer.op.replace("_", " "))


@_write.register
def _(layer: Conv, unit: Unit, rows: Rows) -> None:
    sources: Sequence[str] = unit.inputs
    padding: Sequence[int] = [left for left, _ in layer.padding]
    if not _is_even(layer.padding):
        rows.put("nn.ZeroPad2d", [_sides(layer.padding)], unit.name, sources)
        sources, padding = (), (0, 0)
    if is_own(unit):
        known = unit.activation is not None and unit.activation == rows.activation
        rows.put("Conv", _own_arguments(layer, padding, active=known), unit.name, sources)
        _activate(unit.name, None if known else unit.activation, rows)
        return
    shape = map(per_axis, (layer.kernel, layer.stride, padding, layer.dilation))
    widths = (layer.in_channels, layer.out_channels)
    rows.put("nn.Conv2d", [*widths, *shape, layer.groups, layer.bias], unit.name, sources)
    if layer.in_channels != layer.out_channels:
        rows.relabel(layer.out_channels, unit.name)
    _finish(unit, rows)


def _own_arguments(layer: Conv, padding: Sequence[int], *, active: bool) -> list[Flow]:
    """The arguments of `Conv` as far as they differ from what it takes for granted: p, g, d, act at the end."""
    span = [d * (k - 1) + 1 for k, d in zip(layer.kernel, layer.dilation, strict=True)]
    usual = list(padding) == [extent // 2 for extent in span]
    more: list[tuple[Flow, bool]] = [
        (per_axis(layer.stride), set(layer.stride) == {1}),
        (None if usual else per_axis(padding), usual),
        (layer.groups, layer.groups == 1),
        (layer.dilation[0], layer.dilation[0] == 1),
        (active, active),
    ]
    while more and more[-1][1]:
        more.pop()
    return [layer.out_channels, per_axis(layer.kernel), *(value for value, _ in more)]


def _finish(unit: Unit, rows: Rows) -> None:
    """Write the norm and the activation of a unit."""
    if unit.norm is not None:
        _normalise(unit.name, unit.norm, rows)
    _activate(unit.name, unit.activation, rows)


def _activate(name: str, activation: Activation | None, rows: Rows) -> None:
    if activation is None:
        return
    if (module := activation_class(activation)) is None:
        raise _missing(name, f"the activation '{activation.kind}'")
    rows.put(module, [], name)


def _normalise(name: str, norm: Norm, rows: Rows) -> None:
    if norm.kind is NormKind.BATCH and norm.affine:
        rows.put("nn.BatchNorm2d", [], name)  # the parser puts in the channels
    elif norm.kind is NormKind.GROUP and norm.affine:
        rows.put("nn.GroupNorm", [norm.groups, norm.channels], name)
    elif norm.kind is NormKind.INSTANCE:
        rows.put("nn.InstanceNorm2d", [norm.channels, 1e-05, 0.1, norm.affine], name)
    else:
        raise _missing(name, f"a norm of kind {norm.kind.value}{'' if norm.affine else ' without weights'}")


@_write.register
def _(layer: ConvTranspose, unit: Unit, rows: Rows) -> None:
    if layer.out_channels % MULTIPLE:
        width = f"of {layer.out_channels} channels, expected a multiple of {MULTIPLE}"
        raise _missing(unit.name, f"a transposed convolution {width}")
    if not _is_even(layer.padding):
        raise _missing(unit.name, "a transposed convolution that is cut unevenly")
    padding = [left for left, _ in layer.padding]
    shape = map(per_axis, (layer.kernel, layer.stride, padding, layer.output_padding))
    more = (layer.groups, layer.bias, per_axis(layer.dilation))
    rows.put("nn.ConvTranspose2d", [layer.out_channels, *shape, *more], unit.name, unit.inputs)
    _finish(unit, rows)


@_write.register
def _(layer: Pool, unit: Unit, rows: Rows) -> None:
    sources: Sequence[str] = unit.inputs
    padding: Sequence[int] = [left for left, _ in layer.padding]
    is_max = layer.kind is PoolKind.MAX
    if not _is_even(layer.padding) or any(2 * p > k for p, k in zip(padding, layer.kernel, strict=True)):
        rows.put("nn.ConstantPad2d", [_sides(layer.padding), "-.inf" if is_max else 0.0], unit.name, sources)
        sources, padding = (), (0, 0)
    shape = [*map(per_axis, (layer.kernel, layer.stride, padding))]
    if is_max:
        more = (per_axis(layer.dilation), False, layer.ceil_mode)
        rows.put("nn.MaxPool2d", [*shape, *more], unit.name, sources)
    elif max(layer.dilation) == 1:
        rows.put("nn.AvgPool2d", [*shape, layer.ceil_mode], unit.name, sources)
    else:
        raise _missing(unit.name, "a dilated average pool")


@_write.register
def _(layer: Resize, unit: Unit, rows: Rows) -> None:
    nearest = layer.mode is ResizeMode.NEAREST
    usual = Coordinates.ASYMMETRIC if nearest else Coordinates.HALF_PIXEL
    if not layer.scale or layer.mode is ResizeMode.CUBIC or layer.antialias or layer.coordinates is not usual:
        raise _missing(unit.name, f"a {layer.mode.value} resize of this kind")
    if nearest and layer.rounding is not Rounding.FLOOR:
        raise _missing(unit.name, "a nearest resize that does not round down")
    factors = [int(ratio) if ratio.denominator == 1 else float(ratio) for ratio in layer.scale]
    same = len(set(factors)) == 1
    scale: Flow = factors[0] if same else f'"({factors[0]}, {factors[1]})"'  # the parser reads a tuple from the text
    rows.put("nn.Upsample", [None, scale, "nearest" if nearest else "bilinear"], unit.name, unit.inputs)


@_write.register
def _(layer: PixelShuffle, unit: Unit, rows: Rows) -> None:
    if len(set(layer.factor)) > 1:
        raise _missing(unit.name, "a pixel shuffle of two factors")
    rows.put("nn.PixelShuffle", [layer.factor[0]], unit.name, unit.inputs)
    rows.relabel(rows.shape(unit.name).channels, unit.name)


@_write.register
def _(layer: Concat, unit: Unit, rows: Rows) -> None:  # noqa: ARG001 - the signature of a writer
    if len(unit.inputs) == 1:
        rows.put("nn.Identity", [], unit.name, unit.inputs)
    else:
        rows.put("Concat", [1], unit.name, unit.inputs)


@_write.register
def _(layer: Add, unit: Unit, rows: Rows) -> None:  # noqa: ARG001 - the signature of a writer
    if len({(rows.shape(source).channels, rows.shape(source).size) for source in unit.inputs}) > 1:
        raise _missing(unit.name, "an addition of branches of different shapes")
    rows.add(unit.inputs, unit.name)


@_write.register
def _(layer: Pad, unit: Unit, rows: Rows) -> None:
    modules = {PadMode.CONSTANT: "nn.ZeroPad2d", PadMode.REFLECT: "nn.ReflectionPad2d"}
    if layer.mode not in modules:
        raise _missing(unit.name, f"a padding of kind {layer.mode.value}")
    rows.put(modules[layer.mode], [_sides(layer.amounts)], unit.name, unit.inputs)


@_write.register
def _(layer: Dropout, unit: Unit, rows: Rows) -> None:
    rows.put("nn.Dropout", [layer.rate], unit.name, unit.inputs)


@_write.register
def _(layer: Norm, unit: Unit, rows: Rows) -> None:
    rows.put("nn.Identity", [], unit.name, unit.inputs)
    _normalise(unit.name, layer, rows)


@_write.register
def _(layer: Activation, unit: Unit, rows: Rows) -> None:
    if (module := activation_class(layer)) is None:
        raise _missing(unit.name, f"the activation '{layer.kind}'")
    rows.put(module, [], unit.name, unit.inputs)


def _is_even(pairs: Pairs) -> bool:
    return all(left == right for left, right in pairs)


def _sides(pairs: Pairs) -> list[Flow]:
    """(left, right, top, bottom), as torch pads."""
    (top, bottom), (left, right) = pairs
    return [left, right, top, bottom]
