"""The pooling layer that a choice stands for, in a design as in a layer list."""

from rfsolve.graph import Pool, PoolKind
from rfsolve.space.blocks import Choice, padding


def pool(choice: Choice, rule: str) -> Pool:
    """Return a max pool; under `same`, one that tiles its input is not padded, and its last window may be cut."""
    tiles = choice.kernel == choice.stride and max(choice.dilation) == 1 and rule == "same"
    return Pool(
        kind=PoolKind.MAX,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=((0, 0),) * len(choice.kernel) if tiles else padding(rule, choice),
        ceil_mode=tiles,
    )
