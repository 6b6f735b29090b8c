"""The problems that the benchmarks time: a built-in list, and every problem of the library."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rfsolve.space.problem import Problem
from rfsolve.space.reading import load_problem, problem_from

LIBRARY = Path(__file__).parents[2] / "problems"

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A problem under a short name; only its first objective is timed."""

    name: str
    problem: Problem


def one_stack(field: int, *, exit_: Table | None = None, **defaults: object) -> Table:
    """Return a problem table: one stack, one exit with a least receptive field in pixels."""
    return {"defaults": defaults, "exit": [{"receptive_field": field, **(exit_ or {})}]}


FREE_WIDTHS = {
    "kernels": [1, 3, 5, 7],
    "dilations": [1, 2, 4, 8],
    "widths": [16, 32, 64, 128, 256, 512],
}
"""Six widths to choose from, never narrower than before."""

LFFD_FIELDS = (55, 71, 111, 143, 223, 383, 511, 639)
LFFD_STRIDES = (4, 4, 8, 8, 16, 32, 32, 32)


def lffd(dilations: list[int]) -> Table:
    """Return the trunk of LFFD (He 2019): eight stacks, exact strides, least fields."""
    names = [f"s{i + 1}" for i in range(len(LFFD_FIELDS))]
    exits = [
        {"after": name, "receptive_field": field, "stride": stride}
        for name, field, stride in zip(names, LFFD_FIELDS, LFFD_STRIDES, strict=True)
    ]
    defaults = {
        "kernels": [3],
        "dilations": dilations,
        "widths": {"1": 64, "16": 128},
        "norm": "none",
        "layers": {"min": 0},
    }
    return {"defaults": defaults, "stack": [{"name": name} for name in names], "exit": exits}


def causal() -> Table:
    """Return a one-dimensional causal network that hears one second of 16 kHz."""
    table = one_stack(
        16_000,
        exit_={"stride": 1},
        kernels=[2, 3],
        strides=[1],
        dilations=[2**i for i in range(10)],
        widths=32,
        padding="causal",
    )
    table["guards"] = {"max_dilation": 512}
    table["input"] = {"axes": 1, "channels": 1}
    return table


BUILT_IN: dict[str, Table] = {
    "field 200": one_stack(200),
    "field 200, <= 10 layers": one_stack(200, layers={"max": 10}),
    "field 200, <= 20 layers": one_stack(200, layers={"max": 20}),
    "field 1000, width 64, dilations 1-8": one_stack(1000, widths=64, dilations=list(range(1, 9))),
    "free widths, field 200": one_stack(200, exit_={"stride": 8, "width": 512}, **FREE_WIDTHS),
    "LFFD, eight exits": lffd([1]),
    "LFFD, eight exits, dilations 1-3": lffd([1, 2, 3]),
    "1-D causal, 1 s of 16 kHz": causal(),
}


def first_objective(problem: Problem) -> Problem:
    """Return the problem with its most important objective alone."""
    return replace(problem, objectives=problem.objectives[:1])


def cases(paths: list[Path] | None = None) -> Iterator[Case]:
    """Yield the problems in the given files, or the built-in ones and then the library's."""
    if not paths:
        for name, table in BUILT_IN.items():
            yield Case(name, first_objective(problem_from(table)))
    for path in paths or sorted(LIBRARY.glob("*.toml")):
        yield Case(path.stem, first_objective(load_problem(path)))
