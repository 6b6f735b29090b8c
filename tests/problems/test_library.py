"""The problem library: every file is solved, proven, and held against its own words.

What a file asks is read here from the TOML itself, and what its design sees is recomputed by
`rfsolve.analysis`; neither goes through the solver's own check.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rfsolve.analysis import Tap, analyse
from rfsolve.graph import entropy, macs, parameters
from rfsolve.search.check import written
from rfsolve.search.solution import Design, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from tests.oracle.optimum import optimum
from tests.problems.oracle_reading import oracle_problem
from tests.problems.published_policies import asked
from tests.problems.table import LIBRARY, README, lesson_of, page, paths, solved, table_of

PATHS = paths()
LARGEST_STRIDE = 32  # the guard on an exit's stride that is on where a file says nothing
SUFFIXES = {"k": 10**3, "M": 10**6, "G": 10**9}

each_problem = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)

VARIANTS = [
    ("seed-three-3x3", {"defaults.kernels": [7]}, 49),
    ("vgg-stride-32", {"defaults.dilations": [1, 2, 3, 4]}, 54),
    ("vgg-stride-16-dilated", {"defaults.dilations": [1]}, 99),
    (
        "vgg-stride-16-dilated",
        {"exit.0.receptive_field": 55, "exit.0.stride": 4, "defaults.dilations": [1]},
        72,
    ),
    ("vgg-stride-16-dilated", {"exit.0.receptive_field": 55, "exit.0.stride": 4}, 36),
    ("lffd-dilated", {"defaults.dilations": [1]}, 1_773_440),
    ("lffd-dilated", {"defaults.dilations": [1, 2]}, 998_464),
    ("lffd-exact-fields", {"defaults.dilations": [1]}, 1_773_440),
    ("lffd-exact-fields", {"defaults.dilations": [1, 2]}, 1_072_192),
    ("hdc-dilation-only", {"exit.0.receptive_field": 82}, 45),
    ("hdc-dilation-only", {"exit.0.receptive_field": 82, "defaults.layers": 4}, None),
    ("wavenet-causal", {"defaults.layers": 9}, None),
    ("mobile-inverted-residual", {"stack.1.kernels": [3]}, 358_816),
    ("mobile-separable-macs", {"objective": {"minimise": "parameters"}}, 54_272),
    ("satellite-ships", {"defaults.kernels": [3, 5, 7]}, 480_256),
    ("tiny-drones", {"budget": {}}, 28_080),
    ("erf-lane-marking", {"exit.0.object_size": 96}, 108_944),
    ("unet-phases", {"exit.0.receptive_field": 92}, 1_336_672),
    ("union-fills-holes", {"exit.0.receptive_field": 12}, None),
    ("patch-wise-early-field", {"exit.0": {"after": "patches", "stride": 8}}, 88_432),
]
"""(file, changes, objective): numbers of FACTS, or that a file's comment states."""


def test_the_library_is_large_enough_to_be_one() -> None:
    assert len(PATHS) >= 15


def test_file_names_are_kebab_case() -> None:
    strange = [path.name for path in LIBRARY.iterdir() if path.suffix not in {".toml", ".md"}]
    assert strange == []
    assert [p.name for p in PATHS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", p.stem)] == []


def test_titles_are_unique() -> None:
    assert len({table_of(path)["title"] for path in PATHS}) == len(PATHS)


def test_the_readme_is_what_the_files_say() -> None:
    """Written by `python -m tests.problems.table`."""
    assert README.read_text(encoding="utf-8") == page()


@each_problem
def test_says_what_it_is_where_it_is_from_and_what_it_teaches(path: Path) -> None:
    problem, _ = solved(path)
    assert problem.title == table_of(path)["title"] != ""
    assert len(problem.source) > len("paper, 2016")
    assert lesson_of(path).endswith(".")


@each_problem
def test_is_proven_optimal_with_the_known_objective(path: Path) -> None:
    problem, solution = solved(path)
    assert problem.known is not None
    assert problem.known.proven
    assert solution.status is Status.OPTIMAL
    assert solution.outcome.value == pytest.approx(problem.known.objective, rel=1e-9)
    assert solution.outcome.bound == pytest.approx(problem.known.objective, rel=1e-9)


@each_problem
def test_the_graph_costs_what_the_objective_says(path: Path) -> None:
    problem, design = designed(path)
    assert problem.known is not None
    exits = analyse(design.graph).outputs
    counted = {
        "parameters": lambda: parameters(design.graph),
        "macs": lambda: macs(design.graph),
        "layers": lambda: len(design.layers),
        "activations": lambda: written(design.graph),
        "entropy": lambda: entropy(design.graph),
        "effective_receptive_field": lambda: min(effective(exits[-1])),
    }
    found = counted[problem.objectives[0].quantity.value]()
    assert found == pytest.approx(problem.known.objective, rel=1e-9)


@each_problem
def test_each_exit_of_the_graph_is_as_asked(path: Path) -> None:
    _, design = designed(path)
    table = table_of(path)
    taps = analyse(design.graph).taps
    broken = [
        f"{name}: {text}"
        for name, exit_ in named_exits(table)
        for text in violations(exit_, seen(design, taps, name, exit_.get("measured_from")))
    ]
    assert broken == []


@each_problem
def test_budgets_and_numbers_of_layers_are_as_asked(path: Path) -> None:
    _, design = designed(path)
    table = table_of(path)
    spent = {"parameters": lambda: parameters(design.graph), "macs": lambda: macs(design.graph)}
    for key, budget in table.get("budget", {}).items():
        assert spent[key]() <= amount(budget)
    for name, least, most in layer_limits(table):
        placed = sum(layer.stack == name for layer in design.layers)
        assert least <= placed <= most


@each_problem
def test_the_oracle_finds_no_cheaper_design(path: Path) -> None:
    """An exhaustive search that shares no code agrees, where it can express the problem."""
    stated = oracle_problem(path)
    if stated is None:
        pytest.skip("beyond the oracle: a block or an objective that it does not know")
    assert optimum(stated) == table_of(path)["known"]["objective"]


@pytest.mark.parametrize(("name", "changes", "objective"), VARIANTS)
def test_variants(name: str, changes: dict[str, Any], objective: int | None) -> None:
    """What a comment says of the neighbouring problem holds; None: there is no such design."""
    table = changed(table_of(LIBRARY / f"{name}.toml"), changes)
    solution = solve(problem_from(table), time_limit=60.0, explain=False)
    assert solution.status is (Status.INFEASIBLE if objective is None else Status.OPTIMAL)
    assert solution.outcome.value == objective


def changed(table: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of a table with the values at some dotted paths replaced."""
    result = copy.deepcopy(table)
    for path, value in changes.items():
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        here: Any = result
        for part in way:
            here = here[part]
        here[last] = value
    return result


def designed(path: Path) -> tuple[Problem, Design]:
    problem, solution = solved(path)
    assert solution.design is not None
    return problem, solution.design


def named_exits(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The exits with the names that their outputs have in a design's graph."""
    for exit_ in table["exit"]:
        alone = "out" if len(table["exit"]) == 1 else f"{exit_.get('after')}.out"
        yield exit_.get("name", alone), exit_


def seen(design: Design, taps: Mapping[str, Tap], name: str, source: str | None) -> Tap:
    """What an exit sees, from the input or from another node."""
    if source is not None:
        taps = analyse(design.graph, source=design.ends[source]).taps
    return taps[design.ends[name]]


def layer_limits(table: dict[str, Any]) -> Iterator[tuple[str, int, float]]:
    """For each stack its name, its fewest and its most layers."""
    for stack in table.get("stack", [{"name": "trunk"}]):
        rises = stack.get("block") in {"upsample", "transposed"}
        layers = stack.get("layers", 1 if rises else table.get("defaults", {}).get("layers", {}))
        bounds = {"min": layers, "max": layers} if isinstance(layers, int) else layers
        yield stack["name"], bounds.get("min", 1), bounds.get("max", float("inf"))


def violations(exit_: dict[str, Any], tap: Tap) -> Iterator[str]:
    """What an exit asks and its tap does not give."""
    axes = len(tap.windows)
    fields = [field for field in tap.receptive_field if field is not None]
    strides = [int(stride) for stride in tap.stride if stride is not None]
    assert len(fields) == len(strides) == axes
    low, high = limits(exit_.get("receptive_field", {}), "min", axes)
    if any(field[0] < least for field, least in zip(fields, low, strict=True)):
        yield f"field {fields} below {low}"
    if any(field[1] > most for field, most in zip(fields, high, strict=True)):
        yield f"field {fields} above {high}"
    stride = {} if "measured_from" in exit_ else {"max": LARGEST_STRIDE}
    low, high = limits(exit_.get("stride", stride), "exact", axes)
    if any(not a <= j <= b for j, a, b in zip(strides, low, high, strict=True)):
        yield f"stride {strides} not in {low} to {high}"
    if exit_.get("hole_free", "measured_from" not in exit_) and not tap.hole_free:
        yield "holes"
    if "width" in exit_ and tap.shape.channels != exit_["width"]:
        yield f"width {tap.shape.channels}"
    if "object_size" in exit_:
        yield from object_violations(exit_["object_size"], tap, fields, strides)


def object_violations(
    size: float | dict[str, Any], tap: Tap, fields: list[tuple[int, int]], strides: list[int]
) -> Iterator[str]:
    """What the policy of an object size asks and the tap does not give."""
    stated = size if isinstance(size, dict) else {"value": size}
    need = asked(stated.get("policy", "contains"), stated["value"])
    if min(field[0] for field in fields) < need.field:
        yield f"field {fields} below the {need.field} of {stated}"
    if min(effective(tap)) < need.effective * (1 - 1e-9):
        yield f"effective field {effective(tap)} below {need.effective}"
    if need.max_stride is not None and max(strides) > need.max_stride:
        yield f"stride {strides} above the {need.max_stride} of {stated}"


def limits(value: Any, bare: str, axes: int) -> tuple[list[float], list[float]]:
    """The least and the most on each axis; a bare number is `bare` (min or exact)."""
    table = value if isinstance(value, dict) else {bare: value}
    low = table.get("min", table.get("exact", 0))
    high = table.get("max", table.get("exact", float("inf")))
    return spread(low, axes), spread(high, axes)


def spread(value: float | list[float], axes: int) -> list[float]:
    return list(value) if isinstance(value, list) else [value] * axes


def effective(tap: Tap) -> list[float]:
    return [size for size in tap.effective_receptive_field if size is not None]


def amount(value: int | str) -> float:
    """A budget as a number: `20k`, `25G`."""
    text = str(value)
    return float(text.rstrip("kMG")) * SUFFIXES.get(text[-1], 1)
