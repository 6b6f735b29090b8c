"""A design held against what it must meet: every requirement with what was found, and by how much it is missed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rfsolve.formats.design_file import DesignFile
from rfsolve.formats.problem_record import ProblemRecord
from rfsolve.graph import reads_statistics
from rfsolve.report.judged import Judged, by, number_text
from rfsolve.report.stated import sentence, stated_rows
from rfsolve.report.wording import HOLES
from rfsolve.search.check import Verdict, judged
from rfsolve.search.rebuilt import rebuilt, unplaced
from rfsolve.search.solution import Design
from rfsolve.space.problem import Quantity, Relation, Requirement

if TYPE_CHECKING:
    from rfsolve.formats.torch.measuring import Measured

SIGMA_AGREES = 1e-3
"""Relative difference of the measured standard deviation of the influence that is let pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A design, the verdicts on it, what was measured with torch (if it was), what its document states, and remarks."""

    design: Design
    verdicts: tuple[Verdict, ...]
    measured: "Measured | None" = None
    stated: tuple[Judged, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def requirements(self) -> tuple[Judged, ...]:
        """The requirements, in the order of the problem."""
        return tuple(_judged(verdict, self.design) for verdict in self.verdicts)

    @property
    def measurements(self) -> tuple[Judged, ...]:
        """What was measured, against what the recurrence and the graph say."""
        return () if self.measured is None else tuple(_measurements(self.design, self.measured))

    @property
    def holds(self) -> bool:
        """Whether every requirement and every measurement is as it must be, and nothing that is stated is false."""
        return all(one.holds for one in (*self.requirements, *self.measurements, *self.stated))


def checked(file: DesignFile, problem: ProblemRecord | None) -> Checked:
    """Return the design of a file, recomputed, with a verdict on each requirement of a problem (its own by default).

    Raises:
        GraphError: the design has no place of a name that the problem asks something of.

    """
    asked = file.problem if problem is None else _as_named(problem, file.problem)
    design = _rebuilt(file, asked)
    verdicts: tuple[Verdict, ...] = ()
    if asked is not None:
        named = [
            *(
                name
                for one in asked.requirements
                if one.quantity is not Quantity.LAYERS
                for name in (one.node, one.source)
            ),
            *(name for one in asked.relations for name in (*one.nodes, one.source)),
        ]
        if (wrong := unplaced(design, named)) is not None:
            raise wrong
        verdicts = tuple(judged(design, asked.requirements, asked.relations))
    stated = tuple(stated_rows(file, design))
    remarks = (*_remarks(file, design, problem), *(sentence(row) for row in stated if not row.holds))
    return Checked(design=design, verdicts=verdicts, stated=stated, remarks=remarks)


def _as_named(problem: ProblemRecord, recorded: ProblemRecord | None) -> ProblemRecord:
    """The problem, where it is the one that the design was found for, with the names that it had then.

    Only names are taken from the record: options of a command line have others than the problem file written of them.
    """
    if recorded is None or recorded.digest != problem.digest:
        return problem
    names = {replace(one, name=""): one.name for one in recorded.requirements}
    return replace(
        problem,
        requirements=tuple(
            replace(one, name=names.get(replace(one, name=""), one.name)) for one in problem.requirements
        ),
    )


def _rebuilt(file: DesignFile, asked: ProblemRecord | None) -> Design:
    """The design with the layers of the stacks asked of, and of those that it was found with: of all, if not known."""
    stacks = () if asked is None else asked.stacks
    own = () if file.problem is None else file.problem.stacks
    design = rebuilt(file.graph, file.ends, {*stacks, *own} if stacks else ())
    if not own and any(name not in design.ends for name in stacks):
        return rebuilt(file.graph, file.ends)
    return design


def _remarks(file: DesignFile, design: Design, problem: ProblemRecord | None) -> Iterable[str]:
    if problem is None and file.problem is None:
        yield "the file does not say what the design must meet; name a problem to hold it against"
    if problem is not None and file.problem is not None and problem.digest != file.problem.digest:
        yield "the design was found for another problem than the one named"
    if problem is not None and (absent := [name for name in problem.stacks if name not in design.ends]):
        present = ", ".join(dict.fromkeys(layer.stack for layer in design.layers))
        names = f"the design has no stack {', '.join(absent)}" + (f" (it has {present})" if present else "")
        yield f"{names}: names of stacks do not match the problem, no layers are counted there"
    if reads_statistics(design.graph):
        yield "fields are those of the layers; besides, normalisations read the mean and variance of the whole map"


def _judged(verdict: Verdict, design: Design) -> Judged:
    asked = verdict.requirement
    if isinstance(asked, Relation):
        least = min(verdict.found, default=0)
        found = f"{'apart' if asked.order == 'different' else 'larger'} by {number_text(least)} at the least"
        return Judged(
            name=asked.name, asked=asked.sentence, found=found, missed=by(asked.by - least, not verdict.holds)
        )
    where = asked.name if asked.node is None else f"{asked.name} at {asked.node}"
    if asked.quantity is Quantity.HOLE_FREE:
        known = design.taps[design.ends[asked.node]].hole_free if asked.node is not None else None
        missed = None if verdict.holds else "has holes" if known is False else "not known"
        return Judged(name=where, asked="hole-free", found=HOLES[verdict.holds or known], missed=missed)
    amount = max(_lacking(asked, verdict.found), default=0.0)
    return Judged(
        name=where, asked=asked.sentence, found=_vector(asked, verdict.found), missed=by(amount, not verdict.holds)
    )


def _lacking(asked: Requirement, found: Sequence[float]) -> Iterable[float]:
    """By how much each value lies outside the bounds."""
    for bounds, sign in ((asked.least, 1), (asked.most, -1)):
        if bounds is not None:
            repeated = bounds * (len(found) // len(bounds))
            yield from (sign * (bound - value) for value, bound in zip(found, repeated, strict=True))


def _vector(asked: Requirement, found: Sequence[float]) -> str:
    """The values found; where both ends of a field are asked for, from the smallest to the largest."""
    texts = list(map(number_text, found))
    return texts[0] if len(set(texts)) == 1 else " ".join(dict.fromkeys(texts)) if asked.source else "x".join(texts)


def _measurements(design: Design, measured: "Measured") -> Iterable[Judged]:
    yield _equal("parameters", design.parameters, measured.parameters)
    if measured.macs is not None and design.macs is not None:
        yield _equal("MACs", design.macs, measured.macs)
    for one in measured.exits:
        field_ = design.taps[one.name].receptive_field[one.axis] or (0, 0)
        phases = f"{one.phases} phase{'s' if one.phases > 1 else ''}"
        agrees = one.touched and one.field == field_
        yield Judged(
            name=f"dependence at {one.name}, axis {one.axis}",
            asked=f"field {_range(field_)}, {phases}",
            found=f"field {_range(one.field)}, {'pixel by pixel' if one.touched else 'other pixels'}",
            missed=None if agrees else "other pixels have a gradient",
        )
        sigma = design.taps[one.name].sigma[one.axis] or 0.0
        yield Judged(
            name=f"influence at {one.name}, axis {one.axis}",
            asked=f"sigma {sigma:.4f} within 0.1 %",
            found=f"{one.sigma:.4f}, off by {100 * one.deviation:.2g} %",
            missed=None if one.deviation <= SIGMA_AGREES else f"by {100 * one.deviation:.2g} %",
        )
    for size in measured.sizes:
        said, run = "; ".join(map(_shape, size.said)), "; ".join(map(_shape, size.run))
        yield Judged(
            name=f"run on {_shape(size.size)}", asked=said, found=run, missed=None if said == run else "other shapes"
        )


def _equal(name: str, said: int, found: int) -> Judged:
    return Judged(name=name, asked=f"{said:,}", found=f"{found:,}", missed=by(abs(said - found), said != found))


def _range(pair: tuple[int, int]) -> str:
    return f"{pair[0]:,}" if pair[0] == pair[1] else f"{pair[0]:,}-{pair[1]:,}"


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
