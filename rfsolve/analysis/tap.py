"""What is known of one node of an analysed graph."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from rfsolve.analysis.front import Front
from rfsolve.analysis.grids import Grid
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.records import Records
from rfsolve.graph import Reach, TensorShape
from rfsolve.windows import Coverage, Influence, Moments, Window


@dataclass(frozen=True, slots=True)
class StrandView:
    """What is known of a strand along each axis, and what is listed of it when asked for."""

    fronts: tuple[Front, ...]
    grids: tuple[Grid, ...]
    strand: Strand = field(compare=False)
    records: tuple[Records, ...] = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A node and its dependence on the source, per axis (height, width).

    Lengths are in source pixels.

    All is of the node's channels together. What has no value on an axis, because a global or unknown
    layer came before, is None there. Behind an uneven merge (see `diagnose`) windows and influence are
    those of the outputs of this size, one by one, and what a layer reads beyond them sees nothing.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    shape: TensorShape
    source_shape: TensorShape
    _view: StrandView = field(repr=False)

    @property
    def fronts(self) -> tuple[Front, ...]:
        """What is known of its windows on each axis."""
        return self._view.fronts

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The grid that it sits on, on each axis."""
        return self._view.grids

    @property
    def status(self) -> Reach:
        """The worst reach over the axes: unknown is worse than global, global worse than exact."""
        return max((front.reach for front in self.fronts), key=lambda reach: reach.badness)

    @property
    def reach(self) -> tuple[Reach, ...]:
        """The reach on each axis."""
        return tuple(front.reach for front in self.fronts)

    @property
    def windows(self) -> tuple[Window | None, ...]:
        """The window on each axis."""
        return tuple(front.window for front in self.fronts)

    @property
    def moments(self) -> tuple[Moments | None, ...]:
        """Mass, mean and variance of the influence on each axis, phase by phase."""
        return tuple(front.moments for front in self.fronts)

    @property
    def receptive_field(self) -> tuple[tuple[int, int] | None, ...]:
        """(smallest, largest) extent of the window over the output phases."""
        return tuple(None if one is None else one.receptive_field for one in self.windows)

    @property
    def stride(self) -> tuple[Fraction | None, ...]:
        """Source pixels per output pixel of the grid the node sits on.

        Kept through global layers that keep the grid.
        """
        return tuple(grid.jump for grid in self.grids)

    @property
    def centre(self) -> tuple[float | None, ...]:
        """Middle of the window of output 0; pixel n sits at n."""
        return tuple(None if one is None else one.centre for one in self.windows)

    @property
    def sigma(self) -> tuple[float | None, ...]:
        """Standard deviation of the influence, of the phase where it is least; 0 where nothing has influence."""
        return tuple(None if one is None else min(one.sigmas, default=0.0) for one in self.moments)

    @property
    def effective_receptive_field(self) -> tuple[float | None, ...]:
        """4 sigma, of the phase where it is least: about 95.45 % of a normal influence (Luo et al., NeurIPS 2016)."""
        return tuple(None if sigma is None else 4 * sigma for sigma in self.sigma)

    @property
    def density(self) -> tuple[float | None, ...]:
        """Touched part of the window, of the phase where it is least; None too where the window is too long to list."""
        return tuple(min(one.density, default=1.0) if one is not None else None for one in self._coverages())

    @property
    def hole_free(self) -> bool | None:
        """Whether every output touches every pixel of its window on every axis.

        None where that is not known.
        """
        coverages = self._coverages()
        if any(one is not None and not one.hole_free for one in coverages):
            return False
        return None if None in coverages else True

    def coverage(self, axis: int) -> Coverage | None:
        """The exact set of source indices touched; None where not exact.

        GraphError where the window is too long to list.
        """
        return self._view.records[axis].coverage(self._view.strand, self.name)

    def influence(self, axis: int) -> Influence | None:
        """The exact influence; None where not exact.

        GraphError where the window is too long to list.
        """
        return self._view.records[axis].influence(self._view.strand, self.name)

    def clipped(
        self, index: Sequence[int], size: Sequence[int | None] | None = None
    ) -> tuple[tuple[int, int] | None, ...]:
        """The (lowest, highest) source index that the output at `index` sees inside the source, per axis.

        `size` is the source's size, by default the one it was analysed with; an axis of unknown
        size is not clipped. A global axis sees all of it. None: nothing seen, or not known.
        """
        sizes = self.source_shape.size if size is None else size
        return tuple(_clipped(front, at, extent) for front, at, extent in zip(self.fronts, index, sizes, strict=True))

    def _coverages(self) -> tuple[Coverage | None, ...]:
        return tuple(
            self.coverage(axis) if records.is_listable(self._view.strand) else None
            for axis, records in enumerate(self._view.records)
        )


def _clipped(front: Front, index: int, extent: int | None) -> tuple[int, int] | None:
    if front.window is not None:
        return front.window.at(index) if extent is None else front.window.clip(index, extent)
    if front.reach is Reach.GLOBAL and extent is not None:
        return 0, extent - 1
    return None
