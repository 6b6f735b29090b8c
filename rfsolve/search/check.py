"""The independent check: every candidate is rebuilt as a layer graph and recomputed by the recurrence.

What the solver promised of costs, and what `analysis` finds, must agree to the unit; a disagreement is a defect, never
a result. What a candidate breaks is for the search to learn from.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

from rfsolve.analysis import Tap, analyse
from rfsolve.errors import InternalError
from rfsolve.graph import LayerGraph, costs, without_statistics
from rfsolve.search.expand import expand
from rfsolve.search.moves import cells_at
from rfsolve.search.placement import Placement, holds
from rfsolve.search.solution import Design, ExitReport
from rfsolve.space.problem import Merge, Order, Problem, Quantity, Relation, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A requirement or relation against a design: what was found per axis, and whether it holds."""

    requirement: Requirement | Relation
    found: tuple[float, ...]
    holds: bool


def checked_design(problem: Problem, placement: Placement) -> Design:
    """Return the design of a placement.

    Raises:
        InternalError: the graph counts other costs than the solver.

    """
    expanded = expand(problem, placement)
    graph = expanded.graph
    taps = analyse(without_statistics(graph)).taps
    sized = problem.input.size is not None
    design = Design(
        graph=graph,
        layers=expanded.layers,
        ends=expanded.ends,
        taps=taps,
        exits=tuple(report_of(taps[node.name]) for node in problem.outputs),
        parameters=costs.parameters(graph),
        macs=costs.macs(graph) if sized else None,
        activations=written(graph) if sized else None,
    )
    _compare_costs(problem, design, placement)
    return design


def broken(problem: Problem, design: Design) -> list[Requirement | Relation]:
    """Return what a design does not meet, by the recurrence."""
    return [verdict.requirement for verdict in verdicts(problem, design) if not verdict.holds]


def written(graph: LayerGraph) -> int:
    """Return the elements that the layers write: the total activation memory without the input's."""
    shapes = graph.shapes()
    return costs.activation_memory(graph).total - sum(shapes[name].elements or 0 for name in graph.input_nodes)


def verdicts(problem: Problem, design: Design) -> Iterator[Verdict]:
    """Yield a verdict for every requirement and relation of the problem."""
    yield from judged(design, problem.requirements, problem.relations)


def judged(
    design: Design, requirements: Iterable[Requirement], relations: Iterable[Relation] = ()
) -> Iterator[Verdict]:
    """Yield a verdict for each requirement and relation, wherever it comes from."""
    sights = _Sights(design)
    for requirement in requirements:
        found = _found(design, requirement, sights)
        yield Verdict(requirement=requirement, found=found, holds=holds(requirement, found))
    for relation in relations:
        found = tuple(float(least) for pair in relation.pairs for least in _apart(relation, pair, sights))
        yield Verdict(requirement=relation, found=found, holds=all(least >= relation.by for least in found))


class _Sights:
    """What nodes of the space see of each other; one analysis for each source."""

    def __init__(self, design: Design) -> None:
        self._ends = design.ends
        self._taps: dict[str, Mapping[str, Tap]] = {"input": design.taps}
        self._graph = without_statistics(design.graph)

    def tap(self, node: str, source: str | None = None) -> Tap:
        start = source or "input"
        if start not in self._taps:
            self._taps[start] = analyse(self._graph, source=self._ends[start]).taps
        return self._taps[start][self._ends[node]]


def _apart(relation: Relation, pair: tuple[str, str], sights: _Sights) -> Iterator[int]:
    """Yield, per axis, by how much the smallest field of one exceeds the largest of the other."""
    one, other = (sights.tap(node, relation.source).receptive_field for node in pair)
    for small, large in zip(one, other, strict=True):
        assert small is not None  # noqa: S101 - no design has a global layer
        assert large is not None  # noqa: S101 - as above
        forward, backward = large[0] - small[1], small[0] - large[1]
        yield max(forward, backward) if relation.order is Order.DIFFERENT else forward


def report_of(tap: Tap) -> ExitReport:
    """Return what the recurrence found at an exit; InternalError where it found no window."""
    if None in tap.receptive_field or None in tap.stride:
        raise InternalError(f"the recurrence finds no window at {tap.name}")
    return ExitReport(
        name=tap.name,
        receptive_field=tuple(field for field in tap.receptive_field if field is not None),
        stride=tuple(stride for stride in tap.stride if stride is not None),
        centre=tuple(centre for centre in tap.centre if centre is not None),
        effective_receptive_field=tuple(size for size in tap.effective_receptive_field if size is not None),
        hole_free=bool(tap.hole_free),
        channels=tap.shape.channels,
    )


def _compare_costs(problem: Problem, design: Design, placement: Placement) -> None:
    """Parameters always; MACs and elements where the sizes are ceil(n / jump), that is, without padding 'valid'."""
    promised: dict[Quantity, int | None] = {Quantity.PARAMETERS: design.parameters}
    if all(stack.block.padding != "valid" for stack in problem.stacks):
        promised |= {Quantity.MACS: design.macs, Quantity.ACTIVATIONS: design.activations}
    for quantity, found in promised.items():
        counted = placement.total(quantity) + (_merged(problem, placement) if quantity is Quantity.ACTIVATIONS else 0)
        if found is not None and found != counted:
            raise InternalError(f"{quantity}: the solver counts {counted}, the graph has {found}")


def _merged(problem: Problem, placement: Placement) -> int:
    """Return the elements that merges write; 0 where the size is not known."""
    if problem.input.size is None:
        return 0
    size = problem.input.size
    ends = [placement.ends[node.name] for node in problem.nodes if isinstance(node, Merge)]
    return sum(cells_at(state.jump, size) * state.width for state in ends)


def _found(design: Design, requirement: Requirement, sights: _Sights) -> tuple[float, ...]:
    quantity = requirement.quantity
    if quantity is Quantity.LAYERS:
        return (sum(requirement.node in {None, layer.stack} for layer in design.layers),)
    if requirement.node is None:
        return (getattr(design, quantity.value) or 0,)
    if quantity is Quantity.UNDILATED:
        return (_undilated(design, requirement.node),)
    return _seen(requirement, sights.tap(requirement.node, requirement.source))


def _seen(requirement: Requirement, tap: Tap) -> tuple[float, ...]:
    quantity = requirement.quantity
    if quantity is Quantity.RECEPTIVE_FIELD:
        least, most = zip(*(field or (0, 0) for field in tap.receptive_field), strict=True)
        wanted = (least if requirement.least is not None else (), most if requirement.most is not None else ())
        return (*wanted[0], *wanted[1])
    if quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
        return tuple(size or 0.0 for size in tap.effective_receptive_field)
    if quantity is Quantity.STRIDE:
        return tuple(float(stride or 0) for stride in tap.stride)
    if quantity is Quantity.WIDTH:
        return (tap.shape.channels,)
    if quantity is Quantity.HOLE_FREE:
        return (float(bool(tap.hole_free)),)
    raise InternalError(f"{quantity} of one node has no check")


def _undilated(design: Design, stack: str) -> float:
    """Return the fewest undilated layers with a kernel that follow a stride of a stack, before the next one."""
    fewest = inf
    following: float = inf
    for layer in design.layers:
        if layer.stack == stack:
            if max(layer.choice.stride) > 1:
                fewest, following = min(fewest, following), 0
            elif max(layer.choice.dilation) == 1 and max(layer.choice.kernel) > 1:
                following += 1
    return min(fewest, following)
