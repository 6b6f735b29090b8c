"""What the answer to one question settles of others: three rules, each sound for the exact problem.

Let P relax Q: every design of Q is a design of P (see `questions`).

1. P has no design. Then Q has none.
2. P's optimum v is proven, of design D, and D meets Q. Every design of Q costs v or more, being one of P, and
   D costs v: Q's optimum is v. It holds for objectives in order as well, compared as lists.
3. P's optimum v is proven, and Q allows less than v of the first objective. Every design of Q would be one of P:
   Q has none.

So an optimum for a field of 200 whose own field is 215 settles the targets from 200 to 215 (rule 2, a least field),
one without a budget settles every budget (rule 2 down to v, rule 3 below), and what is impossible stays so for larger
targets and smaller budgets (rule 1). The same with largest fields and strides, layers, holes that are forbidden,
choices and widths taken away. Values that only one number meets (an exact stride) never relax each other, unless equal.

Rules 2 and 3 are used for objectives that are whole numbers, whose proof is exact; entropy and effective field are
compared in rounded units by the solver, where two optima of equal rank may differ in the last digits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rfsolve.search.placement import holds
from rfsolve.space.problem import Quantity
from rfsolve.sweep.questions import UNBOUNDED, Aspect, Question, requirement_of
from rfsolve.sweep.rows import Goal, Row, RowStatus


@dataclass(frozen=True, slots=True)
class Settled:
    """A question with its row, and what the recurrence found of the row's design."""

    question: Question
    row: Row
    found: Mapping[Aspect, tuple[float, ...]]

    @classmethod
    def of(cls, question: Question, row: Row) -> "Settled":
        """Return the question as settled by a row that was solved."""
        found = {(s.node, Quantity(s.quantity), s.source): tuple(s.found) for s in row.sights}
        return cls(question, row, found)


def implied(question: Question, settled: Settled, blank: Row) -> Row | None:
    """Return the row of a question that a settled one implies, None where it implies nothing.

    `blank` is the row of the question's point before it is known.
    """
    row = settled.row
    if not row.status.proven or not settled.question.relaxes(question):
        return None
    if row.status is RowStatus.INFEASIBLE:
        because = "it asks for no less, and that is impossible already"
        return _without(blank, row, because, conflicts=row.conflicts, objectives=row.objectives)
    goal = row.objective
    if not question.proves or goal is None or goal.value is None:
        return None
    if question.cap < goal.value:
        because = f"{goal.name} <= {question.cap:,.10g} is below the least that it takes, {goal.value:,.10g}"
        open_ = tuple(Goal(name=one.name, maximise=one.maximise) for one in row.objectives)
        return _without(blank, row, because, conflicts=(), objectives=open_)
    if not _meets(question, settled):
        return None
    kept = {
        key: getattr(row, key)
        for key in ("objectives", "exits", "parameters", "macs", "activations", "depth", "layers", "design")
    }
    because = "its design asks for less, costs as much, and meets this too"
    return replace(blank, status=row.status, implied_by=row.point, because=because, diagnostics=row.diagnostics, **kept)


def _without(
    blank: Row, row: Row, because: str, conflicts: tuple[tuple[str, ...], ...], objectives: tuple[Goal, ...]
) -> Row:
    return replace(
        blank,
        status=RowStatus.INFEASIBLE,
        implied_by=row.point,
        because=because,
        conflicts=conflicts,
        objectives=objectives,
    )


def _meets(question: Question, settled: Settled) -> bool:
    """Return whether the settled design is one of the question; False where that is not known."""
    for aspect, bounds in question.bounds.items():
        if settled.question.bounds.get(aspect, UNBOUNDED) == bounds:
            continue
        found = settled.found.get(aspect)
        if found is None or not holds(requirement_of(aspect, bounds), found):
            return False
    return _chooses(question, settled)


def _chooses(question: Question, settled: Settled) -> bool:
    """Return whether the settled design takes only what the question lets each stack choose."""
    theirs = settled.question
    if theirs.choices == question.choices and theirs.widths == question.widths:
        return True
    return all(
        _choice(layers) in question.choices[layers.stack]
        and (layers.stack not in question.widths or layers.width in question.widths[layers.stack])
        for layers in settled.row.layers
    )


def _choice(layers: Any) -> str:  # noqa: ANN401 - Layers
    return str([layers.kernel, layers.stride, layers.dilation])
