"""Every network of the table; importing this fills it."""

from tests.imports import attending, merging, rearranging, scaling
from tests.imports.table import NETWORKS, Entry

__all__ = ["NETWORKS", "Entry", "attending", "merging", "rearranging", "scaling"]
