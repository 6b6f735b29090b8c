"""Which dimensions of an input are its channels and which its axes."""

from collections.abc import Sequence
from dataclasses import dataclass

from rfsolve.errors import InputError
from rfsolve.formats.lowering.layout import CHANNEL, ONE, counting
from rfsolve.formats.lowering.site import Site
from rfsolve.formats.lowering.values import Tensor

ASSUMED = {1: 16384, 2: 224, 3: 128}
"""Pixels along each axis of an input whose size nobody says, by the number of axes."""

ASSUMED_TOKENS = 512
"""Tokens of a row whose length nobody says."""

_MOST_AXES = 3
UNSTATED = 1 << 10
"""Pixels that stand for an extent that is not stated, where it is decided which dimensions are axes."""

_COLOURS = 4  # a last dimension of up to so many entries is channels, if the others have
_PIXELS = 16  # at least so many


@dataclass(frozen=True, slots=True)
class InputLayout:
    """The shape of an input, batch first, and the places of its channels (None for none) and of its axes."""

    shape: tuple[int, ...]
    channels: int | None
    spatial: tuple[int, ...]

    @property
    def axes(self) -> int:
        """Number of axes: at least one."""
        return max(1, len(self.spatial))

    def placed(self, site: Site, name: str) -> Tensor:
        """Add the input to a site; where the site has more axes they come first, with size 1."""
        first = site.axes - len(self.spatial)
        count = 1 if self.channels is None else self.shape[self.channels]
        node = site.input(name, count, [1] * first + [self.shape[place] for place in self.spatial])
        dims = [ONE] * len(self.shape)
        if self.channels is not None:
            dims[self.channels] = counting(CHANNEL, count)
        for axis, place in enumerate(self.spatial, start=first):
            dims[place] = counting(axis, self.shape[place])
        return Tensor(node, tuple(dims))


def input_layout(shape: Sequence[int], *, may_end_in_colours: bool = True) -> InputLayout:
    """Return how an input of this shape lies: batch, channels, axes; colours last if that is what the sizes say.

    They cannot be where a convolution reads the input as it is: `may_end_in_colours` is False then.
    Two dimensions are batch and samples; one of a video of 5 that has colours third is batch, time,
    channels, height, width.

    Raises:
        InputError: it has more than three axes, or the batch is not one item.

    """
    sizes = tuple(shape)
    rank = len(sizes)
    if rank > 1 and sizes[0] != 1:
        raise InputError(f"an input of shape {list(sizes)}: expected a batch of 1")
    if rank <= 1:
        return InputLayout(sizes, None, tuple(range(rank)))
    if rank == 2:  # noqa: PLR2004 - batch and samples
        return InputLayout(sizes, None, (1,))
    if rank > _MOST_AXES + 2:
        raise InputError(f"an input of shape {list(sizes)}: expected at most {_MOST_AXES} axes")
    if rank == 5 and sizes[2] in {1, 3} and sizes[1] not in {1, 3}:  # noqa: PLR2004 - a video
        return InputLayout(sizes, 2, (1, 3, 4))
    ends_in_colours = rank > 3 and sizes[-1] <= _COLOURS and min(sizes[1:-1]) >= _PIXELS  # noqa: PLR2004 - two axes
    if may_end_in_colours and ends_in_colours:
        return InputLayout(sizes, rank - 1, tuple(range(1, rank - 1)))
    return InputLayout(sizes, 1, tuple(range(2, rank)))
