"""A config fragment for MMEngine: a list of modules of mmcv and torch, which its registry builds one behind the other.

MMEngine builds a list as an `mmengine.model.Sequential`, and a type with dots as the class of that path. A network in
which branches meet is no list.
"""

from collections.abc import Iterator, Mapping

from rfsolve.errors import GraphError, InputError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import Expression, Listed, call, comment_text, literal, rendered, text_literal
from rfsolve.formats.preface import preface
from rfsolve.formats.torch.modules import ACTIVATIONS, IN_TORCH, module_of, pad_order, per_axis
from rfsolve.formats.units import Unit, Units, refuse_shared_weights, units_of
from rfsolve.graph import Activation, Conv, LayerGraph, Norm, NormKind

PLANE = 2
"""Axes of an image, for which mmcv's names have no number."""

OWN_ACTIVATIONS = frozenset({"ReLU", "LeakyReLU", "ReLU6", "ELU", "Sigmoid", "Tanh", "SiLU", "GELU"})
"""Those of torch that mmcv has in its registry."""

OWN_NORMS: Mapping[NormKind, str] = {NormKind.BATCH: "BN", NormKind.INSTANCE: "IN", NormKind.GROUP: "GN"}

WAY_OUT = "rfsolve export --to timm writes a class that a config can name"


def export(blueprint: Blueprint) -> str:
    """Return the fragment: `backbone`, a list.

    Raises:
        GraphError: a layer that is no step of a list; names it.
        InputError: the network is no single list from one input to one exit.

    """
    graph = blueprint.graph
    refuse_shared_weights(graph, "a list of modules")
    units = units_of(graph)
    _refuse_branches(graph, units)
    modules = Listed("[", [("", module) for unit in units.units for module in _modules(graph, unit)], "]")
    return "\n".join([*_head(blueprint), f"backbone = {rendered(modules, 0, len('backbone = '))}", ""])


def _head(blueprint: Blueprint) -> Iterator[str]:
    yield "# A config fragment for MMEngine, written by rfsolve: MODELS.build(cfg.backbone) with mmcv.cnn imported."
    for line in preface(blueprint):
        yield f"# {comment_text(line, longest=100)}"


def _refuse_branches(graph: LayerGraph, units: Units) -> None:
    ends = [len(graph.input_nodes), len(units.outputs)]
    if ends != [1, 1]:
        counted = f"{ends[0]} inputs and {ends[1]} exits"
        raise InputError(f"--to mmcv: the network has {counted}, expected a list of modules; {WAY_OUT}")
    before = graph.input_nodes
    for unit in units.units:
        if unit.inputs != before:
            raise GraphError(unit.name, f"is where branches part or meet, and mmcv has no module for that; {WAY_OUT}")
        before = (unit.result,)


def _modules(graph: LayerGraph, unit: Unit) -> Iterator[Expression]:
    """The entries of a unit: a ConvModule with what it can hold, every other layer by itself."""
    if not isinstance(unit.layer, Conv):
        for node in unit.nodes:
            yield _of_torch(graph, node)
        return
    layer, held = unit.layer, 1
    if not _is_even(layer):
        amounts = literal(pad_order(layer.padding))
        yield _dict(f"torch.nn.ConstantPad{len(layer.kernel)}d", padding=amounts, value="0")
    norm, activation = _norm(unit.norm, len(layer.kernel)), _activation(unit.activation)
    held += norm is not None
    if unit.norm is not None and norm is None:
        activation = None  # comes behind the norm
    held += activation is not None
    yield _conv_module(layer, norm or "None", activation or "None")
    for node in unit.nodes[held:]:
        yield _of_torch(graph, node)


def _is_even(layer: Conv) -> bool:
    return all(left == right for left, right in layer.padding)


def _conv_module(layer: Conv, norm: Expression, activation: Expression) -> Listed:
    axes = len(layer.kernel)
    padding = [left for left, _ in layer.padding] if _is_even(layer) else [0]
    settings: list[tuple[str, Expression, bool]] = [
        ("stride", literal(per_axis(layer.stride)), max(layer.stride) == 1),
        ("padding", literal(per_axis(padding)), max(padding) == 0),
        ("dilation", literal(per_axis(layer.dilation)), max(layer.dilation) == 1),
        ("groups", literal(layer.groups), layer.groups == 1),
        ("bias", literal(layer.bias), layer.bias == (norm == "None")),
        ("conv_cfg", _dict(f"Conv{axes}d"), axes == PLANE),
        ("norm_cfg", norm, norm == "None"),
        ("act_cfg", activation, False),
    ]
    return _dict(
        "ConvModule",
        in_channels=literal(layer.in_channels),
        out_channels=literal(layer.out_channels),
        kernel_size=literal(per_axis(layer.kernel)),
        **{key: value for key, value, usual in settings if not usual},
    )


def _dict(kind: str, **keywords: Expression) -> Listed:
    return call("dict", type=text_literal(kind), **keywords)


def _norm(norm: Norm | None, axes: int) -> Listed | None:
    """The norm as a ConvModule takes it; None where it is a layer of its own."""
    if norm is None or not norm.affine or norm.kind not in OWN_NORMS:
        return None
    if norm.kind is NormKind.GROUP:
        return _dict("GN", num_groups=literal(norm.groups))
    number = "" if axes == PLANE else f"{axes}d"
    learned: dict[str, Expression] = {"affine": "True"} if norm.kind is NormKind.INSTANCE else {}
    return _dict(f"{OWN_NORMS[norm.kind]}{number}", **learned)


def _activation(activation: Activation | None) -> Listed | None:
    """The activation as a ConvModule takes it; None where it is a layer of its own."""
    name, _ = ACTIVATIONS.get("" if activation is None else activation.kind, ("", {}))
    return _dict(name) if name in OWN_ACTIVATIONS else None


def _of_torch(graph: LayerGraph, name: str) -> Listed:
    """The entry of one layer: the class of torch that it is."""
    made = module_of(graph, name)
    if not made.name.startswith(IN_TORCH):
        what = graph.layer(name).op.replace("_", " ")
        raise GraphError(name, f"is no module of mmcv or of torch as it is ({what}); {WAY_OUT}")
    return _dict(f"torch.{made.name}", **{key: literal(value) for key, value in made.arguments.items()})
