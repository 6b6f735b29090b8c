"""Design spaces with merges and up-sampling that ask nothing, for laws that hold for every placement in them."""

from random import Random
from typing import Any

from rfsolve.search.lattice import lattices
from rfsolve.search.placement import Placement
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from tests.search.every import some
from tests.search.small import UNGUARDED

PLACEMENTS = 12


def stack(name: str, after: str, **more: Any) -> dict[str, Any]:
    """One or two convolutions, of any dilation."""
    table = {"kernels": [1, 3, 5], "dilations": [1, 2, 3], "strides": [1], "layers": {"min": 0, "max": 2}}
    return {"name": name, "after": after, **table, **more}


def down(name: str, after: str, **more: Any) -> dict[str, Any]:
    return stack(name, after, **{"strides": [2], "layers": {"min": 1, "max": 2}, **more})


def up(name: str, after: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "after": after, "block": "upsample", "layers": {"min": 1, "max": 2}, **more}


def space(*nodes: dict[str, Any], axes: int = 1, **more: Any) -> dict[str, Any]:
    """A problem that asks nothing, with an exit after its last node."""
    return {
        "input": {"axes": axes},
        "defaults": {"widths": 4, "norm": "none", "activation": "none"},
        "stack": [node for node in nodes if "op" not in node],
        "merge": [node for node in nodes if "op" in node],
        "exit": [{"name": "out", "after": nodes[-1]["name"]}],
        "guards": UNGUARDED,
        **more,
    }


def add(name: str, *of: str) -> dict[str, Any]:
    return {"name": name, "op": "add", "of": list(of)}


def concat(name: str, *of: str) -> dict[str, Any]:
    return {"name": name, "op": "concat", "of": list(of)}


EXACT: dict[str, dict[str, Any]] = {
    "residual": space(stack("t", "input", layers=1), stack("b", "t"), add("m", "t", "b")),
    "causal branch": space(stack("t", "input"), stack("b", "t", padding="causal"), concat("m", "t", "b")),
    "even kernels": space(
        down("a", "input", kernels=[2, 3]), down("b", "input", kernels=[4], padding="causal"), concat("m", "a", "b")
    ),
    "rates": space(
        down("t", "input"),
        stack("a", "t"),
        stack("b", "t"),
        stack("c", "t", block="residual", layers=1),
        concat("m", "a", "b", "c"),
        stack("z", "m"),
    ),
    "two axes": space(
        down("t", "input", strides=[[1, 2], 2], kernels=[[1, 3], [5, 3]]),
        stack("a", "t", kernels=[[3, 1]], block="depthwise"),
        stack("b", "t", block="convnext"),
        add("m", "a", "b"),
        axes=2,
    ),
    "pools": space(
        down("a", "input", layers=1, block="pool", kernels=[2, 3]),
        down("b", "input", layers=1, block="pool", kernels=[3], padding="causal"),
        concat("m", "a", "b"),
    ),
}
"""Spaces without output phases."""

PHASES: dict[str, dict[str, Any]] = {
    "nearest": space(stack("s", "input", layers=1), down("d", "s"), up("u", "d"), concat("m", "s", "u")),
    "linear": space(
        stack("s", "input", layers=1), down("d", "s", layers=1), up("u", "d", mode="linear"), concat("m", "s", "u")
    ),
    "by four, then a stride": space(
        down("d", "input", strides=[4], layers=1),
        up("u", "d", strides=[4], layers=1),
        stack("s", "u", strides=[1, 2]),
        down("p", "s", kernels=[3], layers=1),
    ),
    "transposed": space(
        stack("s", "input", layers=1),
        down("d", "s", layers=2),
        up("u", "d", block="transposed", kernels=[2, 4], layers=2),
        concat("m", "s", "u"),
        stack("z", "m"),
    ),
    "by three": space(
        down("d", "input", strides=[3], layers=1),
        up("u", "d", block="transposed", kernels=[3, 5], strides=[3], layers=1),
    ),
    "phases on both branches": space(
        down("d", "input", layers=2),
        up("u", "d", layers=2),
        down("e", "input", layers=1, padding="causal"),
        up("v", "e", mode="linear", layers=1),
        add("m", "u", "v"),
        stack("z", "m"),
    ),
    "pyramid": space(
        down("c1", "input", layers=1),
        down("c2", "c1", layers=1),
        up("u", "c2", layers=1),
        add("p", "c1", "u"),
        stack("h", "p", layers=1),
        down("q", "h", layers=1),
        add("r", "q", "c2"),
    ),
}
"""Spaces with some."""

SPACES = EXACT | PHASES


def drawn(name: str) -> tuple[Problem, list[Placement]]:
    """A space, and placements drawn at random."""
    problem = problem_from(SPACES[name])
    rng, found = Random(name), lattices(problem)  # noqa: S311 - a sample
    return problem, [some(problem, found, rng) for _ in range(PLACEMENTS)]
