"""`rfsolve.propose`: from objects to designs, shown as tables wherever they are printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from rfsolve.propose.annotations.reading import Reading
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.plan import plan_toml
from rfsolve.propose.proposals import Proposals
from rfsolve.propose.request import Request
from rfsolve.propose.taking import take
from rfsolve.propose.tasks import proposed
from rfsolve.report.fingerprint import per_axis
from rfsolve.report.proposal_json import proposals_document
from rfsolve.report.proposal_page import proposals_text
from rfsolve.space.assignments import Assignment
from rfsolve.space.policies import Need, Policy

WIDTH = 120
"""Columns of a table that is printed from Python."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignProposals(Proposals):
    """Proposals; printed, they are the tables."""

    def __repr__(self) -> str:
        return proposals_text(self, WIDTH).plain

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `rfsolve propose --json` prints (`rfsolve.proposal/1`)."""
        return proposals_document(self)

    def plan(self, place: str = "cheapest") -> str:
        """Return the plan of a proposal (cheapest, balanced or best): TOML that `rfsolve solve` gives it again for."""
        return plan_toml(self, self[place])


def propose(
    objects: Fingerprint | str | Path | ArrayLike,
    task: str = "detection",
    *,
    policy: str | Policy | Callable[[float], Need] = "contains",
    assignment: str | Assignment | None = None,
    image_size: int | Sequence[int] | None = None,
    **options: Any,  # noqa: ANN401 - the fields of Request
) -> DesignProposals:
    """Return proven-minimal designs for the objects: cheapest, balanced, best within the budget.

    `objects` is a fingerprint, what `rfsolve.fingerprint` reads, or sizes in pixels (on images of
    `image_size`). `task` is detection, segmentation, sequence or volume. `policy` and `assignment`
    decide which levels a detector has and what each must see. `options` are those of
    `rfsolve.propose.request.Request`: `parameters` and `macs` (budgets), `input_size`, `channels`,
    `widths`, `neck`, `head`, `stride`, `centred`, `spacing`, `patch`, `memory_gb`, `baselines`, ...

    Raises:
        InputError: the objects cannot be read or do not suit the task.
        ProblemError: an option is wrong.

    """
    found = proposed(
        task, _fingerprint(objects, task, image_size), Request(**options), policy=policy, assignment=assignment
    )
    return DesignProposals(**{field.name: getattr(found, field.name) for field in fields(found)})


def _fingerprint(
    objects: Fingerprint | str | Path | ArrayLike, task: str, image_size: int | Sequence[int] | None
) -> Fingerprint:
    if isinstance(objects, Fingerprint):
        return objects
    axes = {"sequence": 1, "volume": 3}.get(task, 2)
    size = None if image_size is None else per_axis(image_size, axes)
    if isinstance(objects, str | Path):
        return take(objects, reading=Reading(image_size=size))
    return Fingerprint.of_sizes(objects, axes=axes, image_size=size)
