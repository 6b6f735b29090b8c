"""Problems that the solver once answered wrongly, as random ones found them, cut down to what matters.

Each has its cost by brute force, which is tried again here; None where there is no design.
"""

from typing import Any

import pytest

from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.oracle.agreement import agreed

Table = dict[str, Any]
LINE = {"channels": 1, "axes": 1}


def layers(name: str, after: str, kernels: list[int], dilation: int = 1, **others: Any) -> Table:
    """A stack of one layer that neither strides nor has a choice of dilations, but for what else is said."""
    return {
        "name": name,
        "after": after,
        "kernels": kernels,
        "dilations": [dilation],
        "strides": [1],
        "layers": 1,
        **others,
    }


def meet(op: str, *of: str) -> list[Table]:
    return [{"name": "m", "op": op, "of": list(of)}]


STRIDED: Table = {
    "kernels": [3, 5],
    "strides": [1, 2],
    "dilations": [1, 2],
    "layers": 3,
    "undilated_after_stride": 1,
}

FOUND: dict[str, tuple[Table, int | None]] = {
    "layers of tied stacks come in one order, whichever of them comes first": (
        {
            "input": LINE,
            "defaults": {"widths": 1},
            "stack": [
                layers("b0", "input", [1, 5], layers={"min": 1, "max": 2}),
                {"name": "b1", "after": "input", "tied_to": "b0", "shares_weights": True},
            ],
            "merge": meet("concat", "b0", "b1", "input"),
            "exit": [{"name": "out", "after": "m", "effective_receptive_field": 5.066}],
        },
        14,
    ),
    "what is measured from an empty stack sees the ways through it": (
        {
            "input": LINE,
            "defaults": {"widths": 1},
            "stack": [layers("a", "input", [3]), layers("b", "input", [3], layers={"min": 0, "max": 1})],
            "merge": meet("add", "a", "b"),
            "exit": [
                {"name": "o", "after": "m"},
                {"name": "x", "after": "m", "measured_from": "b", "receptive_field": {"exact": 1}},
            ],
        },
        5,
    ),
    "undilated layers follow a stride in whatever order with dilated ones": (
        {
            "input": LINE,
            "stack": [{"name": "a", **STRIDED, "widths": [1, 2]}],
            "exit": [{"name": "o", "after": "a", "stride": 2, "width": 2, "receptive_field": {"exact": 23}}],
        },
        22,
    ),
    "and in tied stacks": (
        {
            "input": LINE,
            "stack": [
                {"name": "a", "after": "input", **STRIDED, "widths": 1},
                {"name": "b", "after": "input", "tied_to": "a"},
            ],
            "merge": meet("add", "a", "b"),
            "exit": [{"name": "o", "after": "m", "stride": 2, "receptive_field": {"exact": 19}}],
        },
        34,
    ),
    "widths that may fall come back to where they were": (
        {
            "input": LINE,
            "defaults": {"widths": [1, 2]},
            "stack": [layers("stem", "input", [1], widths=[2]), layers("b0", "stem", [1], layers=2)],
            "merge": meet("add", "b0", "stem"),
            "exit": [{"name": "out", "after": "m"}],
            "guards": {"monotone_widths": False},
        },
        16,
    ),
    "from the width of the input down, and up to it again": (
        {
            "input": {"channels": 3, "axes": 1},
            "defaults": {"widths": 1},
            "stack": [
                layers("enc", "input", [3], 2, layers=2, widths=[1, 3]),
                layers("down", "enc", [3], strides=[2]),
                {"name": "up", "after": "down", "block": "upsample", "layers": 1},
                layers("dec", "m", [3], 2),
            ],
            "merge": meet("concat", "enc", "up"),
            "exit": [
                {"name": "out", "after": "dec"},
                {"name": "x", "after": "enc", "width": 3, "receptive_field": {"exact": 9}},
            ],
            "guards": {"hole_free": False},
        },
        51,
    ),
    "the variance that branches share is not rounded twice": (
        {
            "input": LINE,
            "defaults": {"widths": [1]},
            "stack": [
                layers("stem", "input", [5], 3),
                layers("b0", "stem", [3]),
                layers("b1", "stem", [1], layers=0),
            ],
            "merge": meet("add", "b0", "b1", "stem"),
            "exit": [{"name": "out", "after": "m", "effective_receptive_field": 17.074}],
        },
        12,
    ),
    "a cap on the stride of an exit holds behind up-sampling, not inside": (
        {
            "input": LINE,
            "defaults": {"widths": [1]},
            "stack": [
                layers("coarse", "input", [1], strides=[2], layers=2),
                {"name": "up", "after": "coarse", "block": "upsample", "layers": 2},
            ],
            "merge": meet("add", "input", "up"),
            "exit": [{"name": "out", "after": "m", "hole_free": False, "stride": [1]}],
        },
        6,
    ),
    "a closed walk from the input starts at the input's width": (
        {
            "input": {"channels": 2, "axes": 1},
            "defaults": {"kernels": [1], "strides": [1], "dilations": [1]},
            "stack": [{"name": "b0", "after": "input", "widths": [2, 3], "layers": 3}, {"name": "b1", "tied_to": "b0"}],
            "exit": [{"name": "o", "after": "b1"}],
            "guards": {"monotone_widths": False},
            "objective": {"minimise": "layers"},
        },
        6,
    ),
    "tied rings start at one width": (
        {
            "input": {"channels": 3, "axes": 2},
            "defaults": {"kernels": [1], "strides": [1], "dilations": [1], "widths": [1, 3]},
            "stack": [
                {"name": "enc", "layers": 2},
                {"name": "down", "strides": [2], "layers": 1, "block": "residual"},
                {"name": "mid", "tied_to": "enc", "shares_weights": True},
                {"name": "up", "block": "transposed", "layers": 1},
            ],
            "merge": [{"name": "m", "op": "add", "of": ["enc", "up"]}],
            "exit": [{"name": "out", "after": "m"}],
            "guards": {"monotone_widths": False},
        },
        47,
    ),
    "tied rings start at one width, behind a residual stride": (
        {
            "input": {"channels": 2, "axes": 1},
            "defaults": {"widths": [1, 2], "norm": "none"},
            "stack": [
                {
                    "name": "enc",
                    "after": "input",
                    "kernels": [1, 3],
                    "dilations": [3],
                    "strides": [1],
                    "layers": {"min": 1, "max": 2},
                },
                {
                    "name": "down",
                    "after": "enc",
                    "strides": [3],
                    "dilations": [1],
                    "layers": 1,
                    "block": "residual",
                    "kernels": [3],
                },
                {"name": "mid", "after": "down", "tied_to": "enc", "dilations": [2, 3], "shares_weights": True},
                {
                    "name": "up",
                    "after": "mid",
                    "layers": {"min": 0, "max": 2},
                    "strides": [3],
                    "block": "transposed",
                    "kernels": [[5]],
                },
            ],
            "merge": [{"name": "m", "op": "concat", "of": ["enc", "up"]}],
            "exit": [
                {
                    "name": "out",
                    "after": "m",
                    "receptive_field": {"min": [27], "max": [30]},
                    "effective_receptive_field": 14.718,
                }
            ],
            "guards": {"max_stride": False, "monotone_widths": False},
            "objective": {"minimise": ["parameters", "layers"]},
        },
        39,
    ),
    "tied stacks have their layers in one order, shared weights or not": (
        {
            "input": {"channels": 1, "axes": 1},
            "defaults": {"strides": [1], "widths": 1},
            "stack": [
                {"name": "b0", "after": "input", "kernels": [3, 5], "dilations": [1, 3], "layers": 2},
                {"name": "b1", "after": "input", "tied_to": "b0", "dilations": [1]},
            ],
            "merge": [{"name": "m", "op": "add", "of": ["b0", "b1"]}],
            "exit": [
                {"name": "o", "after": "m"},
                {"name": "y", "after": "b0", "receptive_field": {"exact": 11}, "hole_free": False},
            ],
        },
        24,
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_answer_is_that_of_brute_force(name: str) -> None:
    table, cost = FOUND[name]
    both = agreed(table)
    assert (both.best and both.best.values[0]) == cost


def test_tied_stacks_have_the_same_layers_in_the_same_order() -> None:
    """With dilations of its own, the tied stack has the other's kernels, one after another."""
    table, _ = FOUND["tied stacks have their layers in one order, shared weights or not"]
    design = solve(problem_from(table), explain=False).design
    assert design is not None
    kernels = {name: [layer.choice.kernel for layer in design.layers if layer.stack == name] for name in ("b0", "b1")}
    assert kernels["b0"] == kernels["b1"]
