"""PyTorch source of a network as a backbone: a list of features, with what timm says of them.

The features are the outputs where there are several; of a network with one, what each stage ends with, as long as the
stages only go down, else the output alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from rfsolve.analysis import Tap
from rfsolve.analysis.stages import stage_ends
from rfsolve.errors import GraphError, InputError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import INDENT, Listed, call, literal, rendered, text_literal
from rfsolve.formats.torch.class_source import CLASS
from rfsolve.formats.torch.source import source_of
from rfsolve.formats.torch.source_texts import texts_of
from rfsolve.graph import Input, LayerGraph, Output

FUNCTION = "designed"
"""What makes a backbone; `timm.models.register_model` takes its name for the model's."""


def export(blueprint: Blueprint) -> str:
    """Return the source: `Network` as in `--to torch`, `Backbone` around it, and a function that makes one.

    Raises:
        GraphError: torch has no module for a layer, or a feature has no whole stride; names the layer.
        InputError: the network has not one input.

    """
    if len(blueprint.graph.input_nodes) != 1:
        raise InputError(f"--to timm: the network has {len(blueprint.graph.input_nodes)} inputs, expected one")
    features = _features(blueprint)
    read_out = replace(blueprint, graph=_reading_out(blueprint.graph, features))
    return source_of(read_out, *texts_of("feature_parts").values(), _function(read_out, features))


def _features(blueprint: Blueprint) -> list[Tap]:
    """The taps of the features, the finest first."""
    (analysis,) = blueprint.analyses
    outputs = list(analysis.outputs)
    if len(outputs) > 1:
        return sorted(outputs, key=_reduction)
    taps = [analysis.taps[name] for name in stage_ends(analysis)]
    taps = [tap for tap in taps if not isinstance(analysis.graph.layer(tap.name), Input)]
    last = {_jump(tap): tap for tap in taps}  # a stage can end more than once
    jumps = list(dict.fromkeys(map(_jump, taps)))
    if len(last) < 2 or jumps != sorted(jumps) or len(jumps[0]) > 1:  # noqa: PLR2004 - one feature is the output
        return outputs
    return [*list(last.values())[:-1], *outputs]


def _jump(tap: Tap) -> tuple[Fraction | None, ...]:
    return tuple(dict.fromkeys(tap.stride))


def _reduction(tap: Tap) -> int:
    """The stride as timm says it, one whole number."""
    (jump, *others) = _jump(tap)
    if others or jump is None or jump.denominator != 1:
        said = "x".join("?" if one is None else f"{float(one):.6g}" for one in tap.stride)
        raise GraphError(tap.name, f"has a stride of {said}, and timm knows one whole number for all axes")
    return int(jump)


def _reading_out(graph: LayerGraph, features: list[Tap]) -> LayerGraph:
    """The graph with the features as its outputs, in their order."""
    read = LayerGraph()
    for name in graph.nodes:
        if not isinstance(graph.layer(name), Output):
            owner = graph.weights_owner(name)
            shared = None if owner == name else owner
            sources = [_value(graph, source) for source in graph.inputs(name)]
            read.add(name, graph.layer(name), sources, shares_weights_of=shared, stated=graph.stated(name))
    for number, tap in enumerate(features):
        name = tap.name if isinstance(graph.layer(tap.name), Output) else f"feature {number}"
        while name in read:
            name += "'"
        read.output(name, _value(graph, tap.name))
    return read


def _value(graph: LayerGraph, name: str) -> str:
    while isinstance(graph.layer(name), Output):
        (name,) = graph.inputs(name)
    return name


def _function(blueprint: Blueprint, features: list[Tap]) -> str:
    """The function that makes a backbone."""
    channels = blueprint.analyses[0].taps[blueprint.analyses[0].source].shape.channels
    rows = Listed("[", [("", Listed("{", list(_row(blueprint, tap)), "}")) for tap in features], "]")
    annotated = "features: list[dict[str, int | str]] = "
    wrong = call("ValueError", f'f"the network takes {channels} channels, not {{in_chans}}"')
    return "\n".join(
        [
            f"def {FUNCTION}(",
            f"{INDENT}*,",
            f"{INDENT}out_indices: Sequence[int] | None = None,",
            f"{INDENT}in_chans: int = {channels},",
            f"{INDENT}**_others: object,",
            ") -> Backbone:",
            f'{INDENT}"""Return the network as a backbone; what else `timm.create_model` says changes nothing."""',
            f"{INDENT}if in_chans != {channels}:",
            f"{INDENT * 2}raise {rendered(wrong, 2, len('raise '))}",
            f"{INDENT}{annotated}{rendered(rows, 1, len(annotated))}",
            f"{INDENT}return Backbone({CLASS}(), features, out_indices)",
        ]
    )


def _row(blueprint: Blueprint, tap: Tap) -> Iterator[tuple[str, str]]:
    node = dict(blueprint.plan.outputs).get(tap.name, tap.name)
    path = blueprint.plan.paths.get(node, "")
    yield '"num_chs": ', str(literal(tap.shape.channels))
    yield '"reduction": ', str(literal(_reduction(tap)))
    yield '"module": ', text_literal(f"network.{path}" if path else "network")
