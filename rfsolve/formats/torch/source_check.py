"""The end of generated code: what the network must be, and the check that it is when the file is run."""

from rfsolve.errors import GraphError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.code import INDENT, Expression, Listed, call, literal, rendered, text_literal
from rfsolve.formats.cropping import cropped_shapes
from rfsolve.formats.probes import probes
from rfsolve.formats.torch.class_source import CLASS
from rfsolve.graph import Norm, NormKind, costs


def main_text(blueprint: Blueprint) -> str:
    """Return what is run with the file; nothing for a network of several inputs."""
    total = literal(costs.parameters(blueprint.graph))
    if len(blueprint.graph.input_nodes) != 1 or not blueprint.analyses[0].outputs:
        return ""
    size, exits = _expected(blueprint)
    listed = Listed("{", [(f"{text_literal(name)}: ", said) for name, said in exits], "}")
    lines = [
        'if __name__ == "__main__":',
        f"{INDENT}PARAMETERS = {rendered(total, 1)}",
        f"{INDENT}SIZE = {rendered(literal(size), 1, len('SIZE ='))}",
        f"{INDENT}EXITS = {rendered(listed, 1, len('EXITS ='))}",
        f"{INDENT}WRONG = check({CLASS}(), PARAMETERS, SIZE, EXITS)",
        f'{INDENT}sys.stdout.write("".join(f"{{line}}\\n" for line in WRONG or ["all as designed"]))',
        f"{INDENT}sys.exit(bool(WRONG))",
    ]
    return "\n".join(lines)


def _expected(blueprint: Blueprint) -> tuple[tuple[int, ...], list[tuple[str, Expression]]]:
    """The size (channels first) that is run, and what each output must be."""
    analysis = blueprint.analyses[0]
    looked = [probes(analysis, axis) for axis in range(len(analysis.taps[analysis.source].reach))]
    longest = tuple(max(one.size[axis] for one in looked) for axis in range(len(looked)))
    grains = tuple(min(one.size[axis] for one in looked) for axis in range(len(looked)))
    small = tuple(2 * length + 1 + 2 * axis for axis, length in enumerate(grains))
    large = tuple(length + 1 + 2 * axis for axis, length in enumerate(longest))
    odd = _fitting(blueprint, small, _fitting(blueprint, large, longest))
    shapes = cropped_shapes(blueprint.graph, odd)
    measured = _is_measured(blueprint)
    exits: list[tuple[str, Expression]] = []
    for name in blueprint.graph.outputs:
        fields: list[tuple[str, Expression]] = []
        for axis, one in enumerate(looked):
            if measured and all(name in other.of for other in looked):
                low, high = analysis.taps[name].receptive_field[axis] or (0, 0)
                probe, thin = one.of[name], _fitting(blueprint, one.size, longest)
                fields.append(("", _field(thin, probe.first, probe.phases, low, high)))
        shape = literal((shapes[name].channels, *(n or 0 for n in shapes[name].size)))
        exits.append((name, call("Exit", shape, Listed("(", fields, ")"))))
    return (analysis.shapes[analysis.source].channels, *odd), exits


def _field(size: tuple[int, ...], *numbers: int) -> Expression:
    return call("Field", literal(size), *(str(number) for number in numbers))


def _fitting(blueprint: Blueprint, size: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, ...]:
    """The size if every layer fits on it, else the large one: without padding kernels do not."""
    try:
        cropped_shapes(blueprint.graph, size)
    except GraphError:
        return large
    return size


def _is_measured(blueprint: Blueprint) -> bool:
    """Whether a gradient finds the ends of windows: not behind a norm over channels, which takes equal ones to 0."""
    layers = [blueprint.graph.layer(name) for name in blueprint.graph.nodes]
    return not any(isinstance(layer, Norm) and layer.kind is not NormKind.BATCH for layer in layers)
