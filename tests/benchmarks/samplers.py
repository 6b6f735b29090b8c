"""Optuna's TPE and NSGA-II and pymoo's NSGA-II on a problem's genes, each with its own defaults, for a time."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import numpy as np
import optuna
from genes import Genes, GeneSpace
from pymoo.algorithms.moo.nsga2 import NSGA2  # type: ignore[import-untyped]
from pymoo.core.problem import ElementwiseProblem  # type: ignore[import-untyped]
from pymoo.operators.crossover.sbx import SBX  # type: ignore[import-untyped]
from pymoo.operators.mutation.pm import PM  # type: ignore[import-untyped]
from pymoo.operators.repair.rounding import RoundingRepair  # type: ignore[import-untyped]
from pymoo.operators.sampling.rnd import IntegerRandomSampling  # type: ignore[import-untyped]
from pymoo.optimize import minimize  # type: ignore[import-untyped]


class OverError(Exception):
    """The time is up."""


@dataclass(slots=True)
class Trace:
    """The best design so far by time, of those that break nothing, and the number of those tried."""

    space: GeneSpace
    seconds: float
    started: float = field(default_factory=time.perf_counter)
    found: list[tuple[float, float]] = field(default_factory=list)
    tried: int = 0

    def score(self, genes: Genes) -> tuple[float, float]:
        """Return cost and what is broken; OverError where the time is up."""
        now = time.perf_counter() - self.started
        if now > self.seconds:
            raise OverError
        scored = self.space.scored(genes)
        self.tried += 1
        if scored.broken == 0 and scored.cost < self.best():
            self.found.append((now, scored.cost))
        return scored.cost, scored.broken

    def best(self, by: float = inf) -> float:
        """Return the least cost found within the first `by` seconds, infinity where there is none."""
        return min((cost for when, cost in self.found if when <= by), default=inf)


Sampler = Callable[[Trace, int], None]


def _optuna(trace: Trace, sampler: optuna.samplers.BaseSampler) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler)
    distributions = {
        f"g{i}": optuna.distributions.CategoricalDistribution(list(range(size)))
        for i, size in enumerate(trace.space.sizes)
    }
    while True:
        trial = study.ask(distributions)
        try:
            cost, broken = trace.score([trial.params[name] for name in distributions])
        except OverError:
            return
        trial.set_user_attr("broken", broken)
        study.tell(trial, cost)


def _broken(trial: optuna.trial.FrozenTrial) -> tuple[float, ...]:
    return (trial.user_attrs.get("broken", 1.0),)


def tpe(trace: Trace, seed: int) -> None:
    """Optuna's tree-structured Parzen estimator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _optuna(trace, optuna.samplers.TPESampler(seed=seed, constraints_func=_broken))


def optuna_nsga2(trace: Trace, seed: int) -> None:
    """Optuna's NSGA-II."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _optuna(trace, optuna.samplers.NSGAIISampler(seed=seed, constraints_func=_broken))


class _Genes(ElementwiseProblem):  # type: ignore[misc]  # pymoo has no types
    def __init__(self, trace: Trace) -> None:
        tops = np.array([size - 1 for size in trace.space.sizes])
        super().__init__(n_var=len(tops), n_obj=1, n_ieq_constr=1, xl=np.zeros(len(tops)), xu=tops, vtype=int)
        self._trace = trace

    def _evaluate(self, x: np.ndarray, out: dict[str, object], *_: object, **__: object) -> None:
        cost, broken = self._trace.score([int(gene) for gene in x])
        out["F"], out["G"] = [cost], [broken]


def pymoo_nsga2(trace: Trace, seed: int) -> None:
    """Pymoo's NSGA-II, with its operators for whole numbers."""
    algorithm = NSGA2(
        pop_size=100,
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=1.0, eta=3.0, vtype=float, repair=RoundingRepair()),
        mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=RoundingRepair()),
        eliminate_duplicates=True,
    )
    try:
        minimize(_Genes(trace), algorithm, ("n_gen", 10**9), seed=seed, verbose=False)
    except OverError:
        return


SAMPLERS: dict[str, Sampler] = {"TPE": tpe, "NSGA-II (Optuna)": optuna_nsga2, "NSGA-II (pymoo)": pymoo_nsga2}


def sampled(name: str, space: GeneSpace, seconds: float, seed: int = 0) -> Trace:
    """Return what a sampler finds in so many seconds."""
    trace = Trace(space, seconds)
    SAMPLERS[name](trace, seed)
    return trace
