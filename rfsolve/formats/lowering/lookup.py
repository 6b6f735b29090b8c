"""Tables of which the input says the rows: embeddings of tokens."""

from dataclasses import replace

from rfsolve.formats.lowering.layout import CHANNEL, Dim, counting
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Constant, Tensor, Untranslatable
from rfsolve.graph import Combine


def looked_up(site: Site, table: Constant, rows: Tensor) -> Tensor:
    """Return the rows of a table that the entries of a tensor number; a row is the new last dimension."""
    if table.rank != 2:  # noqa: PLR2004 - rows and columns
        raise Untranslatable(f"its table has {table.rank} dimensions")
    site.use(table)
    width = table.shape[1]
    node = site.add(Combine(kind="embedding", channels=site.shape(rows.node).channels * width), rows.node)
    return Tensor(node, (*(_outer(dim, width) for dim in rows.dims), counting(CHANNEL, width)))


def _outer(dim: Dim, width: int) -> Dim:
    """The dimension with each of its channels in place of one become a row of them."""
    return replace(dim, atoms=tuple(replace(a, stride=a.stride * width) if a.axis == CHANNEL else a for a in dim.atoms))
