"""Keras 3 source of a network: one function that builds the model, with its functional interface."""

from collections.abc import Iterator

from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import Listed, call, comment_text, literal, number_literal, rendered, text_literal
from rfsolve.formats.identifiers import identifiers
from rfsolve.formats.keras.calls import write
from rfsolve.formats.keras.helpers import HELPERS
from rfsolve.formats.keras.statements import Statements, Steps
from rfsolve.formats.module_plan import ModulePlan
from rfsolve.formats.preface import preface
from rfsolve.graph import Input, Layer, Output

CHAIN = "x"
"""The variable of a value that only the next statement reads."""

RESERVED = frozenset({CHAIN, "layers", "ops", "keras", "he", "smallest", "prod", "CutToSmallest", "build"})
"""Names that the code has for other things."""


def export(blueprint: Blueprint) -> str:
    """Return the source of a module that needs nothing but Keras.

    Raises:
        GraphError: a layer for which Keras has none; names it.

    """
    statements = _body(blueprint.plan)
    return "\n".join([*_head(blueprint), *_helpers(statements), *_build(blueprint, statements), *_check(blueprint)])


def _head(blueprint: Blueprint) -> Iterator[str]:
    yield '"""A network in Keras 3, written by rfsolve: channels last, every padding written out.'
    yield ""
    for line in preface(blueprint):
        yield comment_text(line, longest=100)
    yield ""
    yield "Weights are drawn as He et al. do, biases are 0; norms begin with scale 1 and shift 0."
    yield '"""'
    yield ""


def _helpers(statements: Statements) -> Iterator[str]:
    uses_ops = not statements.helpers.isdisjoint({"cut", "ops"})
    yield "from math import prod"
    yield ""
    yield "import keras"
    yield f"from keras import layers{', ops' if uses_ops else ''}"
    yield ""
    for name, text in HELPERS.items():
        if name in statements.helpers:
            yield text


def _build(blueprint: Blueprint, statements: Statements) -> Iterator[str]:
    inputs = _inputs(blueprint.plan)
    sizes = _sizes(blueprint.plan)
    yield ""
    yield f"def build({', '.join(_arguments(blueprint.plan))}) -> keras.Model:"
    yield '    """Return the network for inputs of this size; None where it is to be free."""'
    for node, variable in inputs.items():
        shape = f"(*{sizes[node]}, {blueprint.graph.shapes()[node].channels})"
        yield f"    {variable} = keras.Input({shape}, name={text_literal(variable)})"
    yield from statements.lines
    given = next(iter(inputs.values())) if len(inputs) == 1 else f"[{', '.join(inputs.values())}]"
    yield f"    return {rendered(call('keras.Model', given, _outputs(blueprint.plan, statements)), 1, 7)}"


def _inputs(plan: ModulePlan) -> dict[str, str]:
    """The variable of each input, none of which is the one that every statement overwrites."""
    if len(plan.inputs) == 1:
        return dict.fromkeys(plan.inputs, "inputs")
    return {node: f"{variable}_input" for node, variable in plan.inputs.items()}


def _sizes(plan: ModulePlan) -> dict[str, str]:
    """The argument that is each input's size."""
    if len(plan.inputs) == 1:
        return dict.fromkeys(plan.inputs, "size")
    return {node: f"{variable}_size" for node, variable in plan.inputs.items()}


def _arguments(plan: ModulePlan) -> Iterator[str]:
    for node, argument in _sizes(plan).items():
        axes = plan.graph.shapes()[node].axes
        kinds = ", ".join(["int | None"] * axes)
        yield f"{argument}: tuple[{kinds}] = {rendered(literal((None,) * axes), 1)}"


def _outputs(plan: ModulePlan, statements: Statements) -> Listed | str:
    """One tensor for one exit, a dictionary by their names for several."""
    if len(plan.outputs) == 1:
        return statements.variable(plan.outputs[0][1])
    return Listed("{", [(f"{text_literal(name)}: ", statements.variable(node)) for name, node in plan.outputs], "}")


def _check(blueprint: Blueprint) -> Iterator[str]:
    expected = sum(map(blueprint.graph.parameters, blueprint.graph.nodes))
    yield ""
    yield ""
    yield 'if __name__ == "__main__":'
    yield "    model = build()"
    yield "    model.summary()"
    yield "    found = sum(prod(weight.shape) for weight in model.trainable_weights)"
    yield f"    if found != (expected := {number_literal(expected)}):"
    yield '        raise SystemExit(f"{found} parameters, expected {expected}")'
    yield ""


def _body(plan: ModulePlan) -> Statements:
    taken = RESERVED | {*_inputs(plan).values(), *_sizes(plan).values()}
    paths = identifiers(plan.paths.values(), prefix="unit", taken=taken)
    labels = {node: paths[path] for node, path in plan.paths.items()}
    statements = Statements(plan, labels)
    for node, variable in _inputs(plan).items():
        statements.let(node, variable)
    stage = ""
    for name in plan.graph.nodes:
        layer = plan.graph.layer(name)
        if isinstance(layer, Output):
            statements.let(name, statements.variable(plan.graph.inputs(name)[0]))
        elif not isinstance(layer, Input):
            before, stage = stage, plan.paths[name].partition(".")[0]
            if stage != before:
                statements.remark(stage)
            _node(statements, name, layer)
    return statements


def _node(statements: Statements, name: str, layer: Layer) -> None:
    steps = Steps(statements, name, CHAIN if _is_read_at_once(statements.plan, name) else statements.labels[name])
    write(layer, steps)
    statements.let(name, steps.here)


def _is_read_at_once(plan: ModulePlan, name: str) -> bool:
    """Whether the next node reads the value, and nothing else does."""
    nodes = plan.graph.nodes
    following = nodes[nodes.index(name) + 1 :][:1]
    return plan.graph.consumers(name) == following and all(node != name for _, node in plan.outputs)
