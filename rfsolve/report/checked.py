"""A design held against what it must meet: every requirement with what was found, and by how much it is missed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rfsolve.formats.design_file import DesignFile
from rfsolve.formats.problem_record import ProblemRecord
from rfsolve.graph import reads_statistics
from rfsolve.report.wording import count_text
from rfsolve.search.check import Verdict, judged
from rfsolve.search.rebuilt import rebuilt, unplaced
from rfsolve.search.solution import Design
from rfsolve.space.problem import Quantity, Relation, Requirement

if TYPE_CHECKING:
    from rfsolve.formats.torch.measuring import Measured

SIGMA_AGREES = 1e-3
"""Relative difference of the measured standard deviation of the influence that is let pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A requirement, or something that was measured: what is asked, what is found, and by how much it is missed.

    `missed` is None where it holds; else how much is lacking or too much, in the unit of what is asked.
    """

    name: str
    asked: str
    found: str
    missed: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it is as asked."""
        return self.missed is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A design, the verdicts on it, what was measured with torch (if it was), and remarks on its document."""

    design: Design
    verdicts: tuple[Verdict, ...]
    measured: "Measured | None" = None
    remarks: tuple[str, ...] = field(default=())

    @property
    def requirements(self) -> tuple[Judged, ...]:
        """The requirements, in the order of the problem."""
        return tuple(_judged(verdict) for verdict in self.verdicts)

    @property
    def measurements(self) -> tuple[Judged, ...]:
        """What was measured, against what the recurrence and the graph say."""
        return () if self.measured is None else tuple(_measurements(self.design, self.measured))

    @property
    def holds(self) -> bool:
        """Whether every requirement and every measurement is as it must be."""
        return all(one.holds for one in (*self.requirements, *self.measurements))


def checked(file: DesignFile, problem: ProblemRecord | None) -> Checked:
    """Return the design of a file, recomputed, with a verdict on each requirement of a problem (its own by default).

    Raises:
        GraphError: the design has no place of a name that the problem asks something of.

    """
    asked = problem or file.problem
    design = rebuilt(file.graph, file.ends, () if asked is None else asked.stacks)
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
    return Checked(design=design, verdicts=verdicts, remarks=tuple(_remarks(file, design, problem)))


def _remarks(file: DesignFile, design: Design, problem: ProblemRecord | None) -> Iterable[str]:
    if problem is None and file.problem is None:
        yield "the file does not say what the design must meet; name a problem to hold it against"
    if problem is not None and file.problem is not None and problem.digest != file.problem.digest:
        yield "the design was found for another problem than the one named"
    if reads_statistics(design.graph):
        yield "fields are those of the layers; besides, normalisations read the mean and variance of the whole map"
    found = figures(design)
    for key, stated in file.stated.items():
        if found[key] is not None and found[key] != stated:
            words = Quantity(key).words
            yield f"the file states {count_text(stated, words)}, its graph has {found[key]:,}"


def _judged(verdict: Verdict) -> Judged:
    asked = verdict.requirement
    if isinstance(asked, Relation):
        least = min(verdict.found, default=0)
        found = f"{'apart' if asked.order == 'different' else 'larger'} by {least:g} at the least"
        return Judged(
            name=asked.name, asked=asked.sentence, found=found, missed=_by(asked.by - least, not verdict.holds)
        )
    where = asked.name if asked.node is None else f"{asked.name} at {asked.node}"
    if asked.quantity is Quantity.HOLE_FREE:
        found = "hole-free" if verdict.holds else "holes"
        return Judged(name=where, asked="hole-free", found=found, missed=None if verdict.holds else "has holes")
    amount = max(_lacking(asked, verdict.found), default=0.0)
    return Judged(
        name=where, asked=asked.sentence, found=_vector(asked, verdict.found), missed=_by(amount, not verdict.holds)
    )


def _lacking(asked: Requirement, found: Sequence[float]) -> Iterable[float]:
    """By how much each value lies outside the bounds."""
    for bounds, sign in ((asked.least, 1), (asked.most, -1)):
        if bounds is not None:
            repeated = bounds * (len(found) // len(bounds))
            yield from (sign * (bound - value) for value, bound in zip(found, repeated, strict=True))


def _by(amount: float, missed: bool) -> str | None:  # noqa: FBT001 - one of two words
    return f"by {amount:,.6g}" if missed else None


def _vector(asked: Requirement, found: Sequence[float]) -> str:
    """The values found; where both ends of a field are asked for, from the smallest to the largest."""
    texts = [f"{value:,.6g}" for value in found]
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
    return Judged(name=name, asked=f"{said:,}", found=f"{found:,}", missed=_by(abs(said - found), said != found))


def _range(pair: tuple[int, int]) -> str:
    return f"{pair[0]:,}" if pair[0] == pair[1] else f"{pair[0]:,}-{pair[1]:,}"


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def figures(design: Design) -> Mapping[str, int | None]:
    """Return the costs of a design by their names."""
    return {
        "parameters": design.parameters,
        "macs": design.macs,
        "activations": design.activations,
        "layers": len(design.layers),
    }
