"""Answers one point: the search, and what its row keeps of the solution. Runs in any thread, process or machine."""

import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from itertools import groupby
from json import dumps
from math import isfinite
from typing import Any

from rfsolve.errors import ProblemError
from rfsolve.formats.node_link import to_node_link
from rfsolve.search.cache import Cache
from rfsolve.search.check import judged
from rfsolve.search.solution import Design, Outcome, Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import COSTS, Problem, Quantity, Requirement
from rfsolve.sweep.rows import ExitRow, Goal, Layers, Row, RowStatus, Sight

LARGEST = 10**15
"""An upper bound that nothing reaches, so that both ends of what is found are measured."""

AT_EXITS = (
    Quantity.RECEPTIVE_FIELD,
    Quantity.STRIDE,
    Quantity.WIDTH,
    Quantity.EFFECTIVE_RECEPTIVE_FIELD,
    Quantity.HOLE_FREE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How each point is solved: seconds, seed, threads of the solver, and whether to say why there is no design.

    `cache`: the directory of proven answers, None for none.
    """

    time_limit: float = 60.0
    seed: int = 0
    solver_workers: int = 1
    explain: bool = True
    cache: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A point to solve: its problem, and its row before anything is known."""

    problem: Problem
    blank: Row
    effort: Effort


@dataclass(frozen=True, slots=True)
class Answer:
    """A point's row, the text of its layer graph where there is a design, and what is wrong with the cache."""

    row: Row
    graph: str | None = None
    complaint: str | None = None


@cache
def versions() -> dict[str, str]:
    """Return the versions that an answer may depend on."""
    return {"rfsolve": version("rfsolve"), "ortools": version("ortools"), "python": platform.python_version()}


def answer(task: Task) -> Answer:
    """Solve a point; whatever goes wrong is a row, too."""
    started = time.perf_counter()
    complaints: list[str] = []
    try:
        solution = _solution(task, complaints.append)
        found = _answered(task, solution)
    except ProblemError as error:
        found = Answer(failed(task.blank, "; ".join(map(str, error.mistakes))))
    except Exception as error:  # noqa: BLE001 - one point must not end the others
        found = Answer(failed(task.blank, f"{type(error).__name__}: {error}"))
    spent = round(time.perf_counter() - started, 6)
    row = replace(found.row, seconds=spent, versions=versions())
    return replace(found, row=row, complaint=next(iter(complaints), None))


def failed(blank: Row, error: str) -> Row:
    """Return the row of a point that has no answer, and why."""
    return replace(blank, status=RowStatus.FAILED, error=" ".join(error.split()), versions=versions())


def _solution(task: Task, warn: Callable[[str], None]) -> Solution:
    """Return the solution; only where there is no design is it explained, which a second search does."""
    effort = task.effort
    started = time.perf_counter()
    solution = _solved(task, warn, explain=False, limit=effort.time_limit)
    left = effort.time_limit - (time.perf_counter() - started)
    if solution.status is not Status.INFEASIBLE or not effort.explain or left <= 0:
        return solution
    explained = _solved(task, warn, explain=True, limit=left)
    return explained if explained.status is Status.INFEASIBLE else solution


def _solved(task: Task, warn: Callable[[str], None], *, explain: bool, limit: float) -> Solution:
    effort = task.effort
    return solve(
        task.problem,
        time_limit=limit,
        seed=effort.seed,
        workers=effort.solver_workers,
        explain=explain,
        cache=None if effort.cache is None else Cache(effort.cache, warn=warn),
    )


def _answered(task: Task, solution: Solution) -> Answer:
    row = replace(
        task.blank,
        status=RowStatus(solution.status.value),
        objectives=tuple(map(_goal, solution.outcomes)),
        conflicts=tuple(tuple(one.names) for one in solution.conflicts),
        relaxations=tuple(_relaxations(solution)),
        diagnostics=tuple(solution.diagnostics),
    )
    design = solution.design
    if design is None:
        return Answer(row)
    graph = dumps(to_node_link(design.graph), sort_keys=True)
    row = replace(
        row,
        exits=tuple(_exits(design)),
        parameters=design.parameters,
        macs=design.macs,
        activations=design.activations,
        depth=len(design.layers),
        layers=tuple(_layers(design)),
        sights=tuple(_sights(task.problem, design)),
        design=sha256(graph.encode()).hexdigest()[:16],
    )
    return Answer(row, graph)


def _relaxations(solution: Solution) -> Iterator[str]:
    """Yield the nearest changes that would do; those of what is asked come before those of how stacks are built."""
    for one in sorted(solution.relaxations, key=lambda one: one.name.startswith(("stack", "defaults"))):
        yield f"{one.nearest}, in place of {one.asked}"


def _goal(outcome: Outcome) -> Goal:
    objective = outcome.objective
    return Goal(
        name=objective.quantity.value,
        maximise=objective.maximise,
        value=_number(outcome.value),
        bound=_number(outcome.bound),
    )


def _number(value: float | None) -> float | None:
    if value is None or not isfinite(value):
        return None
    return int(value) if float(value).is_integer() else value


def _exits(design: Design) -> Iterator[ExitRow]:
    for report in design.exits:
        yield ExitRow(
            name=report.name,
            receptive_field=[list(field) for field in report.receptive_field],
            stride=[_plain(float(stride)) for stride in report.stride],
            effective_receptive_field=list(report.effective_receptive_field),
            hole_free=report.hole_free,
            channels=report.channels,
        )


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def _layers(design: Design) -> Iterator[Layers]:
    """Yield the layers, equal ones that follow each other as one."""
    for (stack, choice, width), same in groupby(design.layers, lambda one: (one.stack, one.choice, one.c_out)):
        yield Layers(
            stack=stack,
            count=len(list(same)),
            kernel=list(choice.kernel),
            stride=list(choice.stride),
            dilation=list(choice.dilation),
            width=width,
        )


def _sights(problem: Problem, design: Design) -> Iterator[Sight]:
    """Yield what the recurrence finds of everything that a point beside this one may bound."""
    for verdict in judged(design, _asked(problem)):
        asked = verdict.requirement
        found = [_number(value) for value in verdict.found]
        if isinstance(asked, Requirement) and None not in found:
            numbers: list[Any] = found
            yield Sight(node=asked.node, quantity=asked.quantity.value, source=asked.source, found=numbers)


def _asked(problem: Problem) -> Iterator[Requirement]:
    """Yield open bounds for costs, layers of stacks, what exits see, and fields that are measured from elsewhere."""
    sized = problem.input.size is not None
    for quantity in COSTS:
        if sized or quantity in {Quantity.PARAMETERS, Quantity.LAYERS}:
            yield _open(quantity, None, 1)
    for stack in problem.stacks:
        yield _open(Quantity.LAYERS, stack.name, 1)
    for exit_ in problem.exits:
        for quantity in AT_EXITS:
            yield _open(quantity, exit_.name, problem.input.axes)
    for asked in problem.requirements:
        if asked.source not in {None, "input"}:
            yield _open(asked.quantity, asked.node, problem.input.axes, asked.source)


def _open(quantity: Quantity, node: str | None, axes: int, source: str | None = None) -> Requirement:
    one = quantity in {Quantity.WIDTH, Quantity.HOLE_FREE}
    axes = 1 if one else axes
    return Requirement(name="", quantity=quantity, node=node, source=source, least=(0,) * axes, most=(LARGEST,) * axes)
