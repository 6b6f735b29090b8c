"""Designs of whole graphs against float64 gradients of the same network in torch: every phase, every exit."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rfsolve.search.solution import Design
from rfsolve.search.solve import solve
from rfsolve.space import families
from rfsolve.space.family import without_notes
from rfsolve.space.reading import problem_from

pytest.importorskip("torch")
from tests.oracle.torch_module import Built, gradient, outputs

SIZE = 4096
FAMILIES: dict[str, dict[str, Any]] = {
    "unet": {"depth": 3, "target_rf": 94},
    "aspp": {"target_rf": 150, "largest_rate": 8},
    "fpn": {"fields": {3: 64, 4: 96, 5: 128}},
    "inception": {"target_rf": 47},
    "trident": {"fields": (60, 90, 120), "stride": 8},
    "large-kernel": {"target_rf": 100},
    "heads": {"scales": ((31, 4), (63, 8))},
}


def signal(name: str, mode: str | None = None) -> dict[str, Any]:
    """Return a family's problem on one axis, two channels wide."""
    table = without_notes(families.FAMILIES[name].table(**FAMILIES[name]))
    table["input"] = {"channels": 1, "axes": 1, "size": SIZE}
    table["defaults"]["widths"] = 2
    levels = FAMILIES[name].get("fields", {})
    keep = {f"p{level}" for level in levels} if isinstance(levels, dict) else set()
    table["stack"] = [stack for stack in table["stack"] if not keep or stack["name"] not in {"p6", "p7"}]
    for stack in table["stack"]:
        if "widths" in stack:
            stack["widths"] = 2
        if mode is not None and stack.get("block") == "transposed":
            stack.update(block="upsample", mode=mode)
    return table


@pytest.mark.parametrize(
    ("name", "mode"), [*((name, None) for name in FAMILIES), ("unet", "linear"), ("unet", "nearest")]
)
def test_what_an_exit_sees_is_what_has_a_gradient(name: str, mode: str | None) -> None:
    """The support of the gradient is the coverage, for every output phase; the smallest field is what was asked."""
    table = signal(name, mode)
    problem = problem_from(table)
    design = solve(problem, explain=False).design
    assert design is not None
    x, values = outputs(design.graph)
    assert design.parameters == sum(p.numel() for p in Built(design.graph).parameters())
    for out in problem.outputs:
        fields = list(_fields(design, out.name, x, values[out.name]))
        seen = design.taps[out.name].receptive_field[0]
        assert seen == (min(fields), max(fields))
        asked = next(r.least for r in problem.at(out.name) if r.least and r.quantity == "receptive_field")
        assert min(fields) >= asked[0]


def _fields(design: Design, name: str, x: Any, value: Any) -> Iterator[int]:
    """Yield the field of each phase, from the gradient; it touches just what the recurrence says, and has no hole."""
    tap = design.taps[name]
    coverage = tap.coverage(0)
    middle = value.shape[-1] // 2
    for index in range(middle, middle + coverage.period):
        touched = np.flatnonzero(np.abs(gradient(x, value, [index], 0)) > 0)
        assert set(touched) == set(coverage.at(index))
        assert len(touched) == touched[-1] - touched[0] + 1
        yield int(touched[-1] - touched[0] + 1)
