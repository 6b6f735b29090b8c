"""How windows lie to the borders of the input: which reach over them, and how small an input holds one whole."""

from fractions import Fraction

from rfsolve.analysis.tap import Tap
from rfsolve.graph import Reach
from rfsolve.windows import Window


def whole_outputs(window: Window, size: int, outputs: int) -> int:
    """Return how many of the outputs 0 to `outputs` - 1 have their window inside an input of `size` pixels.

    Output q * period + p sees lo_p + q * advance to hi_p + q * advance; counted in closed form, phase by phase.
    An output that sees nothing reaches over no border.
    """
    return sum(_whole(window, phase, size, outputs) for phase in range(window.period))


def border_share(window: Window, size: int, outputs: int) -> Fraction:
    """Return the share of the outputs along one axis whose window reaches over the border."""
    return 1 - Fraction(whole_outputs(window, size, outputs), outputs)


def padded_share(tap: Tap) -> float | None:
    """Return the share of a tap's cells whose window reaches over the border of its input, on any axis.

    1 - product over the axes of the share that does not. None where a size or the window is not known.
    """
    if tap.status is not Reach.EXACT:
        return None
    inside = 1.0
    for window, size, outputs in zip(tap.windows, tap.source_shape.size, tap.shape.size, strict=True):
        if window is None or size is None or outputs is None:
            return None
        inside *= 1 - float(border_share(window, size, outputs))
    return 1 - inside


def smallest_filling_input(window: Window) -> int | None:
    """Return the least number of pixels of which some output sees its whole window and no padding.

    min over the phases p of hi_p + q * advance + 1, for the least q >= 0 with lo_p + q * advance >= 0.
    None behind a flip, whose windows move with the size, and where nothing is seen.
    """
    if window.advance < 0:
        return None
    sizes = []
    for span in window.phases:
        if span is not None:
            turns = max(0, -(span[0] // window.advance))
            sizes.append(span[1] + turns * window.advance + 1)
    return min(sizes, default=None)


def _whole(window: Window, phase: int, size: int, outputs: int) -> int:
    turns = len(range(phase, outputs, window.period))
    span = window.phases[phase]
    if span is None:
        return turns
    low, high = span
    if window.advance < 0:
        low, high = size - 1 - high, size - 1 - low
    advance = abs(window.advance)
    first = max(0, -(low // advance))
    last = min(turns - 1, (size - 1 - high) // advance)
    return max(0, last - first + 1)
