"""What the recurrence refuses, the model learns: one row that excludes the candidate and all that fail alike.

Windows and coverage grow with the taps (`profile`). So a candidate whose smallest field is too small stays too small
with fewer taps: the row asks for more of some. Before, every mass is raised as far as the candidate still fails, so
that the row asks for as much as it can, and leaves out what does not matter. A field that is too large: the same,
downwards. A hole: a pixel that no taps touch stays untouched as long as no mass grows past what leaves it so, and is
a hole as long as the window reaches past it. Each row excludes its candidate, and no row excludes a good design, so
that the search ends, with the best.
"""

from collections.abc import Callable, Iterator

from ortools.sat.python import cp_model

from rfsolve.errors import InternalError
from rfsolve.search.model import Model
from rfsolve.search.moves import Footprint, Move
from rfsolve.search.placement import Placement
from rfsolve.search.profile import Mass, Profile, Reading
from rfsolve.search.variables import add_sum, upper
from rfsolve.space.problem import Order, Problem, Quantity, Relation, Requirement
from rfsolve.windows import Coverage, Window

Fails = Callable[[Reading], bool]


class Cuts:
    """The rows learnt by one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._cp = model.cp
        self._sums: dict[tuple[Mass, int], cp_model.IntVar] = {}
        self._literals: dict[tuple[int, str, int], cp_model.IntVar] = {}
        self.rejected = 0

    def learn(self, placement: Placement, broken: "list[Requirement | Relation]") -> None:
        """Add rows that exclude a placement, for each of the requirements that the recurrence finds broken."""
        self.rejected += 1
        clauses = [clause for one in broken for clause in self._clauses(placement, one)]
        if not clauses:
            listed = "; ".join(map(str, broken))
            raise InternalError(f"the solver and the recurrence disagree on {listed}")
        for clause in clauses:
            self._cp.add_bool_or(clause)

    def _clauses(self, placement: Placement, broken: "Requirement | Relation") -> Iterator[list[cp_model.LiteralT]]:
        if self._is_exact(broken):
            return
        if isinstance(broken, Relation):
            yield from self._relation(placement, broken)
        elif broken.quantity is Quantity.RECEPTIVE_FIELD:
            yield from self._field(placement, broken)
        elif broken.quantity is Quantity.HOLE_FREE:
            yield from self._holes(placement, broken)
        elif broken.quantity is Quantity.EFFECTIVE_RECEPTIVE_FIELD:
            yield self._influence(placement, broken)

    def _is_exact(self, broken: "Requirement | Relation") -> bool:
        """Return whether the model holds exactly what is required, so that nothing can be learnt of it."""
        source = broken.source or "input"
        if isinstance(broken, Relation):
            reached = [self._model.reaches.at(node, axis, source) for node in broken.nodes for axis in self._model.axes]
            return all(one is not None and one.exact for one in reached)
        if broken.node is None or (broken.source is None and self._model.problem.is_path(broken.node)):
            return True
        ways = [self._model.reaches.at(broken.node, axis, source) for axis in self._model.axes]
        return broken.quantity is Quantity.RECEPTIVE_FIELD and all(one is not None and one.exact for one in ways)

    # fields -----------------------------------------------------------------------------------------------------------

    def _field(self, placement: Placement, broken: Requirement) -> Iterator[list[cp_model.LiteralT]]:
        for axis, twins in self._model.axes.items():
            profile = self._profile(placement, broken, axis, Window)
            low, high = _extent(profile.reading)
            least = max((broken.least[twin] for twin in twins), default=0) if broken.least else 0
            if low < least:
                self._raise(profile, lambda reading, least=least: _extent(reading)[0] < least)  # type: ignore[misc]
                yield [*self._elsewhere(profile, placement), *self._more(profile, axis)]
            most = min(broken.most[twin] for twin in twins) if broken.most else high
            if high > most:
                self._lower(profile, lambda reading, most=most: _extent(reading)[1] > most)  # type: ignore[misc]
                yield [*self._elsewhere(profile, placement), *self._less(profile, axis)]

    def _relation(self, placement: Placement, broken: Relation) -> Iterator[list[cp_model.LiteralT]]:
        for one, other in broken.pairs:
            for axis in self._model.axes:
                small, large = (self._profile_at(placement, node, broken.source, axis, Window) for node in (one, other))
                below = _extent(small.reading)[1] + broken.by > _extent(large.reading)[0]
                above = _extent(large.reading)[1] + broken.by > _extent(small.reading)[0]
                if broken.order is Order.INCREASING and below:
                    yield self._ordered(placement, broken, small, large, axis)
                elif broken.order is Order.DIFFERENT and below and above:
                    yield [
                        *(literal for profile in (small, large) for literal in self._elsewhere(profile, placement)),
                        *(literal for profile in (small, large) for literal in self._more(profile, axis)),
                        *(literal for profile in (small, large) for literal in self._less(profile, axis)),
                    ]

    def _ordered(
        self, placement: Placement, broken: Relation, small: Profile, large: Profile, axis: int
    ) -> list[cp_model.LiteralT]:
        """What only one of the two sees can be told apart: less for the smaller, more for the larger."""
        shared = set(small.masses) & set(large.masses)
        limit = _extent(small.reading)[1] + broken.by
        self._raise(large, lambda reading: _extent(reading)[0] < limit, but=shared)
        least = _extent(large.reading)[0]
        self._lower(small, lambda reading: _extent(reading)[1] + broken.by > least, but=shared)
        return [
            *(literal for profile in (small, large) for literal in self._elsewhere(profile, placement)),
            *self._more(large, axis),
            *self._less(small, axis),
            *self._more(small, axis, only=shared),
            *self._less(large, axis, only=shared),
        ]

    # holes ------------------------------------------------------------------------------------------------------------

    def _holes(self, placement: Placement, broken: Requirement) -> Iterator[list[cp_model.LiteralT]]:
        for axis in self._model.axes:
            profile = self._profile(placement, broken, axis, Coverage)
            coverage = profile.reading
            assert isinstance(coverage, Coverage)  # noqa: S101 - as asked
            if coverage.hole_free:
                continue
            hole = _nearest_hole(coverage)
            if hole is None:  # every window is solid, and yet pixels lie between them
                self._raise(profile, lambda reading: isinstance(reading, Coverage) and reading.grid_density < 1)
                yield [*self._elsewhere(profile, placement), *self._more(profile, axis)]
                continue
            index, pixel = hole
            self._raise(profile, lambda reading, at=index, x=pixel: not _touches(reading, at, x))  # type: ignore[misc]
            past = self._profile(placement, broken, axis, Window)
            self._lower(past, lambda reading, at=index, x=pixel: _sees_past(reading, at, x))  # type: ignore[misc]
            yield [
                *self._elsewhere(profile, placement),
                *self._more(profile, axis),
                *self._short_of(broken, axis, pixel - index * int(coverage.jump), past),
            ]

    def _short_of(self, broken: Requirement, axis: int, distance: int, past: Profile) -> list[cp_model.LiteralT]:
        """Return literals one of which is true where the window does not reach past the pixel."""
        reached = self._model.reaches.at(str(broken.node), axis, broken.source or "input")
        if reached is None or not reached.exact:
            return self._less(past, axis)
        side = reached.right if distance > 0 else reached.left
        return [self._literal(side, "<=", 2 * abs(distance))]

    # influence --------------------------------------------------------------------------------------------------------

    def _influence(self, placement: Placement, broken: Requirement) -> list[cp_model.LiteralT]:
        """Exclude this influence: where all is centred, with as many layers or fewer of each kind; else just this one.

        The variance of a centred mixture grows with every layer, as long as its shares, the widths, stay.
        """
        assert broken.node is not None  # noqa: S101 - set by the space
        upstream = self._model.problem.upstream(broken.node)
        counts: dict[tuple[str, Footprint], list[tuple[Move, int]]] = {}
        for stack in upstream:
            numbers = {id(move): n for move, n in placement.moves[stack.name]}
            for item in self._model.placed[stack.name]:
                counted = (item.move, numbers.get(id(item.move), 0))
                counts.setdefault((stack.name, item.move.footprint), []).append(counted)
        centred = all(r.left == r.right and not r.spread for (_, f) in counts for r in f.reach)
        literals: list[cp_model.LiteralT] = []
        for name, state in placement.ends.items():
            ends = self._model.ports[name].ends
            literals += [end for other, end in ends.items() if other != state]
        for key, moves in counts.items():
            total = self._count(key, [move for move, _ in moves])
            value = sum(number for _, number in moves)
            if broken.least is not None or not centred:
                literals += self._above(total, value)
            if broken.most is not None or not centred:
                literals += self._below(total, value)
        return literals

    def _count(self, key: tuple[str, Footprint], moves: list[Move]) -> cp_model.IntVar:
        wanted = {id(move) for move in moves}
        items = [item for item in self._model.placed[key[0]] if id(item.move) in wanted]
        return add_sum(self._cp, [(item.count, 1, item.most) for item in items])

    # masses -----------------------------------------------------------------------------------------------------------

    def _profile(self, placement: Placement, broken: Requirement, axis: int, kind: type[Reading]) -> Profile:
        assert broken.node is not None  # noqa: S101 - set by the space
        return self._profile_at(placement, broken.node, broken.source, axis, kind)

    def _profile_at(
        self, placement: Placement, node: str, source: str | None, axis: int, kind: type[Reading]
    ) -> Profile:
        problem: Problem = self._model.problem
        found = self._model.found
        return Profile(problem, found, placement, axis=axis, node=node, source=source or "input", kind=kind)

    def _raise(self, profile: Profile, fails: Fails, but: "set[Mass] | frozenset[Mass]" = frozenset()) -> None:
        """Raise every mass as far as the profile still fails; the largest steps first: they matter least to holes."""
        for mass in sorted(profile.masses, key=lambda mass: -mass.step):
            if mass not in but:
                top = upper(self._sum(mass, profile.axis))
                profile.settle(mass, _furthest(profile, mass, profile.masses[mass], top, fails))

    def _lower(self, profile: Profile, fails: Fails, but: "set[Mass] | frozenset[Mass]" = frozenset()) -> None:
        """Lower every mass as far as the profile still fails; the smallest steps first."""
        for mass in sorted(profile.masses, key=lambda mass: mass.step):
            if mass not in but:
                profile.settle(mass, _furthest(profile, mass, profile.masses[mass], 0, fails))

    def _elsewhere(self, profile: Profile, placement: Placement) -> list[cp_model.LiteralT]:
        """Return literals one of which is true where jumps or up-sampling on the way differ."""
        literals: list[cp_model.LiteralT] = []
        for name in (profile.source, *profile.nodes):
            if name in self._model.ports:
                jump = placement.ends[name].jump
                literals += [end for state, end in self._model.ports[name].ends.items() if state.jump != jump]
        rises = {id(move) for move in profile.rises()}
        placed = (item for items in self._model.placed.values() for item in items)
        return literals + [~item.count for item in placed if id(item.move) in rises]

    def _more(self, profile: Profile, axis: int, only: "set[Mass] | None" = None) -> list[cp_model.LiteralT]:
        """Return literals one of which is true where some mass is above the profile's."""
        masses = [(mass, value) for mass, value in profile.masses.items() if only is None or mass in only]
        return [literal for mass, value in masses for literal in self._above(self._sum(mass, axis), value)]

    def _less(self, profile: Profile, axis: int, only: "set[Mass] | None" = None) -> list[cp_model.LiteralT]:
        masses = [(mass, value) for mass, value in profile.masses.items() if only is None or mass in only]
        return [literal for mass, value in masses for literal in self._below(self._sum(mass, axis), value)]

    def _sum(self, mass: Mass, axis: int) -> cp_model.IntVar:
        key = (mass, axis)
        if key not in self._sums:
            weighed = [(item, mass.of(item.move, axis)) for item in self._model.placed[mass.stack]]
            self._sums[key] = add_sum(self._cp, [(item.count, weight, item.most) for item, weight in weighed if weight])
        return self._sums[key]

    def _above(self, total: cp_model.IntVar, value: int) -> list[cp_model.LiteralT]:
        return [self._literal(total, ">=", value + 1)] if value < upper(total) else []

    def _below(self, total: cp_model.IntVar, value: int) -> list[cp_model.LiteralT]:
        return [self._literal(total, "<=", value - 1)] if value > 0 else []

    def _literal(self, total: cp_model.IntVar, sense: str, value: int) -> cp_model.IntVar:
        """Return a literal that is true only where the sum is on that side of the value."""
        key = (total.index, sense, value)
        if key not in self._literals:
            literal = self._literals[key] = self._cp.new_bool_var("")
            row = total >= value if sense == ">=" else total <= value
            self._cp.add(row).only_enforce_if(literal)
        return self._literals[key]


def _furthest(profile: Profile, mass: Mass, start: int, end: int, fails: Fails) -> int:
    """Return the value furthest from `start`, towards `end`, at which the profile fails; it does at `start`."""
    if start == end or fails(profile.changed(mass, end)):
        return end
    way = 1 if end > start else -1
    bad, good = 0, abs(end - start)  # steps from the start: it fails at `bad`, not at `good`
    reach = 1
    while good - bad > 1:
        middle = min(bad + reach, good - 1)  # the answer is mostly near
        if fails(profile.changed(mass, start + way * middle)):
            bad, reach = middle, 2 * reach
        else:
            good, reach = middle, max(1, (middle - bad) // 2)
    return start + way * bad


def _extent(reading: Reading) -> tuple[int, int]:
    assert isinstance(reading, Window)  # noqa: S101 - as asked
    return reading.receptive_field


def _touches(reading: Reading, index: int, pixel: int) -> bool:
    assert isinstance(reading, Coverage)  # noqa: S101 - as asked
    touched = reading.at(index)
    return pixel >= touched.offset and bool(touched.bits >> (pixel - touched.offset) & 1)


def _sees_past(reading: Reading, index: int, pixel: int) -> bool:
    assert isinstance(reading, Window)  # noqa: S101 - as asked
    span = reading.at(index)
    return span is not None and span[0] < pixel < span[1]


def _nearest_hole(coverage: Coverage) -> tuple[int, int] | None:
    """Return the output and the pixel of the hole nearest to the output's own place, None where windows are solid."""
    holes = [
        (abs(pixel - index * coverage.jump), index, pixel)
        for index in range(coverage.period)
        for pixel in coverage.holes(index)
    ]
    if not holes:
        return None
    _, index, pixel = min(holes)
    return index, pixel
