"""Steps that wait for smaller ones to fill what they leave out, along one class of axes.

A step g leaves no hole where the smaller steps, and all that is not among these, span g - 1 pixels.
"""

from rfsolve.search.ahead import Step
from rfsolve.search.moves import Taps

Waiting = tuple[tuple[int, int], ...]
"""Steps that layers have, with the pixels that they span, as long as one of them waits; else empty."""


def filled(waiting: Waiting, taps: Taps, field: int, soon: Step) -> Waiting | None:
    """Return the steps that wait after a layer, none where none does; None where one waits for nothing.

    `field`: what all layers up to this one span; `soon`: the least step that may still come.
    """
    spans = dict(waiting)
    for step, mass in taps:
        spans[step] = spans.get(step, 0) + step * mass
    below, waits = field - sum(spans.values()), False
    for step, spanned in sorted(spans.items()):
        if below < step - 1:
            if step <= soon:
                return None
            waits = True
        below += spanned
    return tuple((step, spans[step]) for step in sorted(spans) if step >= soon) if waits else ()


def leaves_no_hole(waiting: Waiting, field: int, jump: int) -> bool:
    """Return whether nothing waits any more, nor do neighbouring windows leave a hole between them."""
    below = field - sum(spanned for _, spanned in waiting)
    for step, spanned in waiting:
        if below < step - 1:
            return False
        below += spanned
    return field + 1 >= jump
