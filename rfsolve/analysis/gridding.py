"""Which layer first leaves pixels out: where holes come from."""

from collections.abc import Mapping

from rfsolve.analysis.analyse import Analysis


def first_gridding(analysis: Analysis) -> Mapping[str, str]:
    """Return, for each node with holes, the node on the way to it that brought them in.

    A node has holes where it is not hole-free: an output leaves out a pixel inside its window, or
    all outputs together leave out some. It brings them in where nothing that it reads has holes. The
    outputs are asked first: their coverage takes all others along in one walk.
    """
    origin: dict[str, str] = {}
    holey = {tap.name for tap in (*reversed(analysis.outputs), *analysis.taps.values()) if tap.hole_free is False}
    for name, tap in analysis.taps.items():
        if name in holey:
            before = [origin[source] for source in tap.inputs if source in origin]
            origin[name] = before[0] if before else name
    return origin
