"""The independent check: every candidate is rebuilt as a layer graph and recomputed by the recurrence.

What the solver promised and what `analysis` finds must agree to the unit; a disagreement is a defect, never a result.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rfsolve.analysis import Tap, analyse
from rfsolve.errors import InternalError
from rfsolve.graph import LayerGraph, costs
from rfsolve.search.expand import expand
from rfsolve.search.placement import Placement, holds
from rfsolve.search.solution import Design, ExitReport
from rfsolve.space.problem import Problem, Quantity, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A requirement against a design: what was found per axis, and whether it holds."""

    requirement: Requirement
    found: tuple[float, ...]
    holds: bool


def checked_design(problem: Problem, placement: Placement) -> Design:
    """Return the design of a placement.

    Raises:
        InternalError: the recurrence rejects it, or counts other costs than the solver.

    """
    graph, layers = expand(problem, placement)
    analysis = analyse(graph)
    sized = problem.input.size is not None
    design = Design(
        graph=graph,
        layers=layers,
        taps=analysis.taps,
        exits=tuple(_report(analysis.taps[node.name]) for node in problem.exits),
        parameters=costs.parameters(graph),
        macs=costs.macs(graph) if sized else None,
        activations=written(graph) if sized else None,
    )
    _compare_costs(problem, design, placement)
    broken = [verdict for verdict in verdicts(problem, design) if not verdict.holds]
    if broken:
        raise InternalError(
            "; ".join(f"{verdict.requirement} but the recurrence finds {verdict.found}" for verdict in broken)
        )
    return design


def written(graph: LayerGraph) -> int:
    """Return the elements that the layers write: the total activation memory without the input's."""
    shapes = graph.shapes()
    return costs.activation_memory(graph).total - sum(shapes[name].elements or 0 for name in graph.input_nodes)


def verdicts(problem: Problem, design: Design) -> Iterator[Verdict]:
    """Yield a verdict for every requirement of the problem."""
    for requirement in problem.requirements:
        found = _found(problem, design, requirement)
        yield Verdict(requirement=requirement, found=found, holds=holds(requirement, found))


def _report(tap: Tap) -> ExitReport:
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
        if found is not None and found != placement.total(quantity):
            raise InternalError(f"{quantity}: the solver counts {placement.total(quantity)}, the graph has {found}")


def _found(problem: Problem, design: Design, requirement: Requirement) -> tuple[float, ...]:
    if requirement.quantity is Quantity.LAYERS:
        stacks = {stack.name for stack in problem.stacks if requirement.node in {None, stack.name}}
        return (sum(layer.stack in stacks for layer in design.layers),)
    if requirement.node is None:
        return (getattr(design, requirement.quantity.value) or 0,)
    exit_ = next(report for report in design.exits if report.name == requirement.node)
    if requirement.quantity is Quantity.RECEPTIVE_FIELD:
        least, most = zip(*exit_.receptive_field, strict=True)
        wanted = (least if requirement.least is not None else (), most if requirement.most is not None else ())
        return (*wanted[0], *wanted[1])
    at_exit: dict[Quantity, tuple[float, ...]] = {
        Quantity.EFFECTIVE_RECEPTIVE_FIELD: exit_.effective_receptive_field,
        Quantity.STRIDE: tuple(float(stride) for stride in exit_.stride),
        Quantity.WIDTH: (exit_.channels,),
        Quantity.HOLE_FREE: (float(exit_.hole_free),),
    }
    return at_exit[requirement.quantity]
