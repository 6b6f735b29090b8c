"""The running of the solver: time limits, Ctrl-C, progress."""

import gc
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rfsolve.search.engine import Allowance, Engine, Progress
from rfsolve.search.lattice import lattices
from rfsolve.search.model import Model
from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.search.small import answer


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """The heap of a long test run takes the collector a second, and a Ctrl-C in what listens to it is lost."""
    gc.disable()
    yield
    gc.enable()


HARD: dict[str, Any] = {
    "input": {"size": 256},
    "defaults": {"widths": [16, 24, 32, 40, 48, 64], "kernels": [3], "dilations": [1, 2]},
    "exit": [{"receptive_field": 100}],
    "objective": {"maximise": "entropy"},
    "budget": {"parameters": "300k", "macs": "2G"},
}
"""A design within a tenth of a second, and no proof within minutes."""


def is_best_so_far(solution: Solution) -> None:
    """A design that was checked, and a bound that the true optimum lies within."""
    assert solution.status is Status.FEASIBLE
    assert solution.design is not None
    assert solution.design.exits[0].receptive_field[0][0] >= 100
    value, bound = solution.outcome.value, solution.outcome.bound
    assert value is not None
    assert bound is not None
    assert bound > value > 0
    assert (solution.outcome.gap or 0) == pytest.approx((bound - value) / value)


@pytest.mark.parametrize("limit", [1.5, 3.0])
def test_the_time_limit_is_kept(limit: float) -> None:
    problem = problem_from(HARD)
    started = time.perf_counter()
    solution = solve(problem, time_limit=limit)
    spent = time.perf_counter() - started
    assert spent <= 1.1 * limit + 0.5
    assert solution.seconds.total == pytest.approx(spent, abs=0.1)
    is_best_so_far(solution)


def test_ctrl_c_returns_the_best_so_far() -> None:
    main = threading.main_thread().ident
    assert main is not None
    pressed: list[float] = []

    def press(progress: Progress) -> None:
        if progress.value is not None and not pressed:
            pressed.append(time.perf_counter())
            signal.pthread_kill(main, signal.SIGINT)

    solution = answer(HARD, progress=press, time_limit=30)
    assert time.perf_counter() - pressed[0] < 2
    is_best_so_far(solution)


def test_no_time_is_no_answer() -> None:
    solution = answer(HARD, time_limit=1e-6)
    assert (solution.status, solution.design, solution.outcome.value) == (Status.UNKNOWN, None, None)


LARGE: dict[str, dict[str, Any]] = {
    "lattice": {"defaults": {"widths": list(range(8, 520, 8))}, "exit": [{"receptive_field": 400, "stride": 16}]},
    "programme": {"defaults": {"widths": list(range(16, 400, 24))}, "exit": [{"receptive_field": 1000, "stride": 32}]},
    "rings": {
        "defaults": {"widths": [8, 16, 24, 32, 48, 64, 96, 128]},
        "exit": [{"receptive_field": 300, "stride": 8}],
        "guards": {"monotone_widths": False},
    },
}
"""Whose lattice, thinning and model take seconds to make."""


@pytest.mark.parametrize("name", LARGE)
def test_the_time_limit_is_kept_while_a_model_is_made(name: str) -> None:
    """In processor time, which other work on the machine does not stretch; a search that goes on spends it."""
    for limit in (0.2, 1.0):
        started = time.process_time()
        solution = answer(LARGE[name], time_limit=limit)
        assert time.process_time() - started <= 1.1 * limit + 0.5
        assert solution.status is not Status.INFEASIBLE


@pytest.mark.parametrize("name", LARGE)
def test_ctrl_c_while_a_model_is_made_is_an_answer(name: str) -> None:
    """It comes at any time; there is always a solution, with a design that was checked or without."""
    for seconds in (0.05, 0.3, 0.8):
        timer = threading.Timer(seconds, signal.raise_signal, [signal.SIGINT])
        timer.start()
        try:
            solution = answer(LARGE[name], time_limit=30)
        finally:
            timer.cancel()
            timer.join()
        assert (solution.design is None) == (solution.status is Status.UNKNOWN)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_seed_and_workers_give_the_same_answer(workers: int) -> None:
    """Also where the full model is searched first, for a design to thin it out with."""
    tables: list[dict[str, Any]] = [
        {"defaults": {"widths": [8, 16, 32]}, "exit": [{"receptive_field": 150, "stride": {"max": 8}}]},
        {
            "defaults": {"widths": [16, 32, 64], "dilations": [1, 2, 3], "layers": {"max": 6}},
            "exit": [{"effective_receptive_field": 60, "stride": 4}],
            "objective": {"minimise": ["parameters", "layers"]},
        },
    ]
    for table in tables:
        one, other = (answer(table, workers=workers, seed=5) for _ in range(2))
        assert one.design is not None
        assert other.design is not None
        assert one.design.layers == other.design.layers
        assert one.outcomes == other.outcomes


def test_runs_share_an_allowance_of_the_solvers_own_time() -> None:
    """So that a price that does not come in time is missing on every machine, and every time."""
    problem = problem_from(HARD)
    found = []
    for _ in range(2):
        engine = Engine(deadline=time.perf_counter() + 60, seed=0, workers=1, allowance=Allowance(0.2))
        model = Model(problem, lattices(problem))
        model.set_objective(problem.objectives[0])
        first, second = engine.run(model), engine.ends_at(30).run(model)
        found.append((first.status, first.value, first.bound))
        assert (first.status, second.status) == (Status.FEASIBLE, Status.UNKNOWN)
    assert found[0] == found[1]


def test_progress_rises_towards_the_bound() -> None:
    seen: list[Progress] = []
    solution = answer(HARD, progress=seen.append, time_limit=1.5)
    values = [one.value for one in seen if one.value is not None]
    bounds = [one.bound for one in seen if one.bound is not None]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert [one.seconds for one in seen] == sorted(one.seconds for one in seen)
    assert solution.outcome.value == pytest.approx(values[-1], rel=1e-3)  # the logarithms are rounded
