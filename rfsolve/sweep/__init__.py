"""Sweeps: a grid of exact problems, solved with as few searches as it takes, in a store that survives a kill.

    grid -> points -> plan (chains) -> executor -> store -> reading

`sweep` is the way in from Python.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rfsolve.sweep.reading import Rows, load_rows
    from rfsolve.sweep.rows import Row, RowStatus
    from rfsolve.sweep.sweeping import sweep

__all__ = ["Row", "RowStatus", "Rows", "load_rows", "sweep"]

_HOMES = {
    "Row": "rfsolve.sweep.rows",
    "RowStatus": "rfsolve.sweep.rows",
    "Rows": "rfsolve.sweep.reading",
    "load_rows": "rfsolve.sweep.reading",
    "sweep": "rfsolve.sweep.sweeping",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rfsolve.sweep' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
