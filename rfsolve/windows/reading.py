"""What one walk over a graph can carry from node to node."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from rfsolve.windows.listing import Listing

Way_contra = TypeVar("Way_contra", contravariant=True)


class Reading(Protocol[Way_contra]):
    """Something known of a node that follows from its inputs: a window, a coverage, moments, an influence."""

    def through(self, step: Way_contra, /) -> Self:
        """The reading after a layer."""

    def listed(self, listing: Listing, /) -> Self:
        """The reading with its outputs listed one by one."""

    @classmethod
    def merge(cls, readings: Sequence[Self], shares: Sequence[float], /) -> Self:
        """The reading of a node that reads several branches.

        Each share is the branch's part of the node's mass.
        """
