"""From rungs that were climbed to proposals: coverage, the parameters of the parts, and the facts of the task."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rfsolve.propose.aims import Aim
from rfsolve.propose.coverage import coverage
from rfsolve.propose.frontier import Climber, Step
from rfsolve.propose.proposals import Proposal, Proposals
from rfsolve.propose.rungs import Rung
from rfsolve.search.solution import Design

Facts = tuple[tuple[str, str], ...]


def _none(_: Design) -> Facts:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is particular to a task: the parts of its designs by the beginnings of their stacks' names, and its facts.

    `trunk` is what no part has.
    """

    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Callable[[Design], Facts] = _none


def made(result: Proposals, climber: Climber, rungs: Sequence[Rung], shape: Shape) -> Proposals:
    """Return the result with the proposals that the rungs give, or with the refusal of the first."""
    climb = climber.climb(rungs)
    return replace(
        result,
        proposals=tuple(_proposal(step, result.aims, shape) for step in climb.steps),
        notes=(*result.notes, *climb.notes),
        refusal=climb.refusal,
        refused=climb.refused,
    )


def _proposal(step: Step, aims: Sequence[Aim], shape: Shape) -> Proposal:
    design = step.design
    taps = {aim.exit: design.taps[design.ends[aim.exit]] for aim in aims}
    return Proposal(
        place=step.place,
        words=step.rung.words,
        table=step.rung.table,
        problem=step.problem,
        solution=step.solution,
        design=design,
        proven=step.proven,
        coverage=tuple(coverage(aims, taps)),
        parts=_parts(design, shape.parts),
        facts=shape.facts(design),
    )


def _parts(design: Design, parts: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return the parameters of the trunk and of each part."""
    found = dict.fromkeys(("trunk", *parts), 0)
    for layer in design.layers:
        part = next((name for name, starts in parts.items() if layer.stack.startswith(starts)), "trunk")
        found[part] += design.layer_parameters(layer)
    return found
