"""Every network of the table; importing this fills it."""

from tests.imports import attending, laying, merging, rearranging, scaling
from tests.imports.table import NETWORKS, Entry

__all__ = ["NETWORKS", "Entry", "attending", "laying", "merging", "rearranging", "scaling"]
