"""What a user may say about a proposal; everything else follows from the objects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from rfsolve.errors import InputError
from rfsolve.propose.frontier import SECONDS
from rfsolve.propose.rungs import Table

NECKS = ("trunk", "fpn")
HEADS = ("aspp", "unet")
MAX_DILATION = 8
"""The guard's."""
LARGEST_COUNTED = 2**24
"""Pixels of an input up to which MACs are minimised too: those of more do not fit into the solver's numbers."""
OWN: Mapping[str, tuple[str, ...]] = {
    "policy": ("detection",),
    "policies": ("detection",),
    "assignment": ("detection",),
    "neck": ("detection",),
    "framework": ("detection",),
    "head": ("segmentation",),
    "stride": ("segmentation", "sequence"),
    "cells": ("detection", "segmentation", "sequence"),
    "centred": ("sequence",),
    "spacing": ("volume",),
    "patch": ("volume",),
    "memory_gb": ("volume",),
}
"""The options that not every task has, each with the tasks that have it."""
MEMORY_GB = 8.0
"""Memory that a patch is planned for."""
FRAMEWORKS = ("torchvision", "mmdetection", "yolo", "fcos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Options of a proposal; None means what the objects suggest, or the default of the task.

    `input_size` in pixels per axis; `widths`, `dilations` and `block` as in a problem file. `parameters` and `macs` are
    budgets; without one, the first baseline's parameters are. `neck` belongs to detection, `head` and `stride` to
    segmentation, `centred` and `stride` to sequences, `spacing`, `patch` and `memory_gb` to volumes. `seconds`: for all
    searches together.
    """

    input_size: tuple[int, ...] | None = None
    channels: int | None = None
    widths: Any = None
    dilations: tuple[int, ...] | None = None
    norm: str | None = None
    parameters: int | None = None
    macs: int | None = None
    neck: str = "trunk"
    framework: str = "torchvision"
    head: str | None = None
    stride: int | None = None
    cells: float | None = None
    centred: bool = False
    spacing: tuple[float, ...] | None = None
    patch: tuple[int, ...] | None = None
    memory_gb: float = MEMORY_GB
    baselines: tuple[str, ...] | None = None
    seconds: float = SECONDS
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("neck", self.neck, NECKS),
            ("framework", self.framework, FRAMEWORKS),
            ("head", self.head or HEADS[0], HEADS),
        ):
            if value not in known:
                raise InputError(f"{name} '{value}': expected one of {', '.join(known)}")

    def check_task(self, task: str) -> None:
        """Raise InputError where an option is given that the task does not have."""
        default = Request()
        given = [name for name in OWN if hasattr(default, name) and getattr(self, name) != getattr(default, name)]
        for name in foreign(given, task):
            raise InputError(f"{name}: {not_of(name, task)}")

    def laid_over(self, table: Table, *, channels: int, size: tuple[int, ...] | None, budget: int | None) -> Table:
        """Return the table of a family with the input, the budgets and the choices of this request.

        Fewest parameters first; where the input's size is known, fewest multiply-accumulates among those.
        """
        entry = {**table.get("input", {}), "channels": self.channels or channels}
        budgets = {"parameters": self.parameters or budget, "macs": self.macs}
        said = {"widths": self.widths, "dilations": self.dilations and list(self.dilations), "norm": self.norm}
        given = {key: value for key, value in said.items() if value is not None}
        counted = size is not None and prod(size) <= LARGEST_COUNTED
        more: Mapping[str, Any] = {"objective": {"minimise": ["parameters", "macs"]}} if counted else {}
        guards = dict(table.get("guards", {}))
        if self.dilations and max(self.dilations) > guards.get("max_dilation", MAX_DILATION):
            guards["max_dilation"] = max(self.dilations)  # asked for, so meant
        laid = {
            **table,
            **({"guards": guards} if guards else {}),
            "input": {**entry, **({"size": list(size)} if size else {})},
            "defaults": {**table["defaults"], **given},
            "budget": {key: value for key, value in budgets.items() if value is not None},
            **more,
        }
        return {key: value for key, value in laid.items() if value or key != "budget"}


def foreign(names: Iterable[str], task: str) -> list[str]:
    """Return those of the options that belong to other tasks."""
    return [name for name in names if task not in OWN.get(name, (task,))]


def not_of(name: str, task: str) -> str:
    """Return whose option it is, in words."""
    return f"an option of {' and '.join(OWN[name])}, expected none for {task}"
