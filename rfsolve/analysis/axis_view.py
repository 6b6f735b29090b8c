"""All that an analysis knows along one axis."""

from collections.abc import Mapping
from dataclasses import dataclass

from rfsolve.analysis.front import Front
from rfsolve.analysis.grids import Grids
from rfsolve.analysis.layout import Strand
from rfsolve.analysis.records import Records


@dataclass(frozen=True, slots=True, eq=False)
class AxisView:
    """The grid and the front of every strand, and what is listed of them when asked for."""

    grids: Grids
    fronts: Mapping[Strand, Front]
    records: Records
