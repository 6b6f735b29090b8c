"""The `architecture` entry of an nnU-Net plans file, for designs that are the U-Net which it describes.

PlainConvUNet (dynamic_network_architectures) is: stages of convolutions, the stride in the first of each; then for each
stage but the lowest a transposed convolution whose kernel is its stride, a concatenation with what the stage made, and
convolutions with the kernel of that stage. Every convolution has the same norm, activation and bias.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rfsolve.errors import GraphError, InputError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.torch.modules import ACTIVATIONS
from rfsolve.formats.units import Unit, Units, refuse_shared_weights, units_of
from rfsolve.graph import Activation, Concat, Conv, ConvTranspose, LayerGraph, Norm, NormKind

NETWORK = "dynamic_network_architectures.architectures.unet.PlainConvUNet"

NORMS = {NormKind.BATCH: "batchnorm.BatchNorm", NormKind.INSTANCE: "instancenorm.InstanceNorm"}

IN_PLACE = frozenset({"relu", "leaky_relu", "leakyrelu", "silu", "elu"})
"""Activations that nnU-Net lets write over their input."""

AXES = (2, 3)
"""Of the inputs that nnU-Net plans for: images and volumes."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """Convolutions at one jump, each with its layer."""

    units: tuple[Unit, ...]
    layers: tuple[Conv, ...]

    @property
    def result(self) -> str:
        """The node whose value the stage makes."""
        return self.units[-1].result

    @property
    def width(self) -> int:
        """Channels of each of its convolutions."""
        return self.layers[0].out_channels


@dataclass(frozen=True, slots=True)
class _Level:
    """What brings the decoder one stage up: a transposed convolution, a concatenation, convolutions."""

    up: Unit
    skip: Unit
    stage: _Stage


def export(blueprint: Blueprint) -> str:
    """Return the entry as JSON: `architecture`, to be put into a configuration of plans.json.

    nnU-Net adds the convolution to its classes by itself.

    Raises:
        GraphError: a layer that PlainConvUNet has no place for; names it.
        InputError: the network has not one image or volume as its input, or not one exit, or is no U-Net.

    """
    graph = blueprint.graph
    refuse_shared_weights(graph, "a plans file")
    units = units_of(graph)
    axes = _axes(graph, units)
    encoder = _encoder(graph, units)
    decoder = _decoder(units, encoder)
    _refuse_the_rest(units, encoder, decoder)
    entry = {
        "network_class_name": NETWORK,
        "arch_kwargs": {**_shape(encoder, decoder, axes), **_habits(encoder, decoder, axes)},
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
    return json.dumps({"architecture": entry}, indent=2) + "\n"


def _refusal(unit: Unit, why: str) -> GraphError:
    return GraphError(unit.name, f"nnU-Net's PlainConvUNet has no place for it: {why}")


def _axes(graph: LayerGraph, units: Units) -> int:
    axes = [graph.shapes()[name].axes for name in graph.input_nodes]
    if len(axes) != 1 or axes[0] not in AXES or len(units.outputs) != 1:
        counted = f"{len(axes)} inputs and {len(units.outputs)} exits, of {axes[0]} axes"
        raise InputError(f"--to nnunet: the network has {counted}; expected one image or volume, and one exit")
    return axes[0]


def _encoder(graph: LayerGraph, units: Units) -> list[_Stage]:
    """The stages down to the lowest, behind which no convolution follows."""
    stages: list[list[Unit]] = []
    (here,) = graph.input_nodes
    while following := [unit for unit in units.readers(here) if not isinstance(unit.layer, Concat | ConvTranspose)]:
        unit = following[-1]
        if len(following) > 1:
            raise _refusal(unit, "there the encoder parts into branches")
        if not stages or max(_plain(unit).stride) > 1:
            stages.append([])
        stages[-1].append(unit)
        here = unit.result
    return [_stage(stage) for stage in stages]


def _plain(unit: Unit) -> Conv:
    """The convolution of a unit, as PlainConvUNet would make it."""
    layer = unit.layer
    if not isinstance(layer, Conv):
        raise _refusal(unit, f"its stages are convolutions alone, this is a {layer.op.replace('_', ' ')}")
    if max(layer.dilation) > 1 or layer.groups > 1:
        raise _refusal(unit, "its convolutions have no dilation and no groups")
    half = tuple(((k - 1) // 2, (k - 1) // 2) for k in layer.kernel)
    if layer.padding != half:
        raise _refusal(unit, f"its kernels are padded evenly by (k - 1) // 2, {list(half)}, not {list(layer.padding)}")
    return layer


def _stage(units: Sequence[Unit]) -> _Stage:
    layers = tuple(map(_plain, units))
    for unit, layer in zip(units, layers, strict=True):
        if (layer.kernel, layer.out_channels) != (layers[0].kernel, layers[0].out_channels):
            raise _refusal(unit, f"a stage has one kernel and one width, those of '{units[0].name}'")
        if layer is not layers[0] and max(layer.stride) > 1:
            raise _refusal(unit, "only the first convolution of a stage has a stride")
    return _Stage(tuple(units), layers)


def _decoder(units: Units, encoder: Sequence[_Stage]) -> list[_Level]:
    """The levels from the lowest upwards, one for each stage of the encoder but the last."""
    levels: list[_Level] = []
    here = encoder[-1].result if encoder else ""
    for beside, below in zip(reversed(encoder[:-1]), reversed(encoder[1:]), strict=True):
        up = _up(units, here, beside, below)
        skip = _only_reader(units, up.result, "the transposed convolution")
        if not isinstance(skip.layer, Concat) or sorted(skip.inputs) != sorted([up.result, beside.result]):
            raise _refusal(skip, f"what comes up is concatenated with '{beside.result}'")
        here, found = skip.result, []
        while following := [unit for unit in units.readers(here) if not isinstance(unit.layer, ConvTranspose)]:
            found.append(following[0])
            here = following[0].result
        if not found:
            raise _refusal(skip, "a convolution follows each concatenation")
        stage = _stage(found)
        if (stage.layers[0].kernel, stage.width) != (beside.layers[0].kernel, beside.width):
            raise _refusal(
                found[0], f"the decoder has the kernel and the width of the encoder's '{beside.units[0].name}'"
            )
        levels.append(_Level(up, skip, stage))
    if not levels:
        raise InputError("--to nnunet: the network never goes down and up again, expected a U-Net")
    return levels


def _up(units: Units, here: str, beside: _Stage, below: _Stage) -> Unit:
    unit = _only_reader(units, here, "the stage")
    layer = unit.layer
    if not isinstance(layer, ConvTranspose):
        raise _refusal(unit, "the decoder goes up by transposed convolutions")
    stride = below.layers[0].stride
    bare = layer.groups == 1 and not any(map(any, layer.padding)) and not any(layer.output_padding)
    if not bare or (layer.kernel, layer.stride) != (stride, stride) or max(layer.dilation) > 1:
        raise _refusal(unit, f"its kernel and its stride are those of the way down, {list(stride)}")
    if unit.norm is not None or unit.activation is not None:
        raise _refusal(unit, "no norm and no activation follow a transposed convolution (norm and activation 'none')")
    if layer.out_channels != beside.width:
        raise _refusal(unit, f"it makes as many channels as '{beside.result}' has, {beside.width}")
    return unit


def _only_reader(units: Units, result: str, what: str) -> Unit:
    readers = units.readers(result)
    if len(readers) != 1:
        raise GraphError(result, f"nnU-Net's PlainConvUNet reads {what} once, not {len(readers)} times")
    return readers[0]


def _refuse_the_rest(units: Units, encoder: Sequence[_Stage], decoder: Sequence[_Level]) -> None:
    known = {unit.name for stage in encoder for unit in stage.units}
    known |= {unit.name for level in decoder for unit in (level.up, level.skip, *level.stage.units)}
    for unit in units.units:
        if unit.name not in known:
            raise _refusal(unit, "it is beside the U-Net")
    result = units.outputs[0][1]
    if result != decoder[-1].stage.result:
        raise GraphError(result, "nnU-Net's PlainConvUNet is read out at the end of the decoder")


def _shape(encoder: Sequence[_Stage], decoder: Sequence[_Level], axes: int) -> dict[str, object]:
    return {
        "n_stages": len(encoder),
        "features_per_stage": [stage.width for stage in encoder],
        "conv_op": f"torch.nn.modules.conv.Conv{axes}d",
        "kernel_sizes": [list(stage.layers[0].kernel) for stage in encoder],
        "strides": [list(stage.layers[0].stride) for stage in encoder],
        "n_conv_per_stage": [len(stage.units) for stage in encoder],
        "n_conv_per_stage_decoder": [len(level.stage.units) for level in decoder],
    }


def _habits(encoder: Sequence[_Stage], decoder: Sequence[_Level], axes: int) -> dict[str, object]:
    """What all convolutions have in common: bias, norm and activation."""
    stages = [*encoder, *(level.stage for level in decoder)]
    first = encoder[0].units[0]
    habit = _habit(first)
    for unit in (unit for stage in stages for unit in stage.units):
        if _habit(unit) != habit:
            raise _refusal(unit, f"all its convolutions have the bias, the norm and the activation of '{first.name}'")
    for level in decoder:
        if getattr(level.up.layer, "bias", None) != habit[0]:
            raise _refusal(level.up, f"it has a bias where the convolutions have one, as '{first.name}'")
    bias, norm, activation = habit
    name, arguments = _activation(first, activation)
    return {
        "conv_bias": bias,
        "norm_op": None if norm is None else f"torch.nn.modules.{_norm(first, norm)}{axes}d",
        "norm_op_kwargs": None if norm is None else {"eps": 1e-05, "affine": norm.affine},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": name,
        "nonlin_kwargs": arguments,
    }


def _habit(unit: Unit) -> tuple[bool, Norm | None, Activation | None]:
    """What all convolutions have alike; of a norm its kind, whatever its width."""
    norm = None if unit.norm is None else replace(unit.norm, channels=1, groups=1)
    return _plain(unit).bias, norm, unit.activation


def _norm(unit: Unit, norm: Norm) -> str:
    if norm.kind not in NORMS:
        raise _refusal(unit, f"its norms are batch and instance, not {norm.kind.value}")
    return NORMS[norm.kind]


def _activation(unit: Unit, activation: Activation | None) -> tuple[str | None, dict[str, bool] | None]:
    if activation is None:
        return None, None
    name, arguments = ACTIVATIONS.get(activation.kind, ("", {}))
    if not name or arguments:
        raise _refusal(unit, f"there is no class for the activation '{activation.kind}'")
    return f"torch.nn.{name}", {"inplace": True} if activation.kind in IN_PLACE else {}
