"""The optimum equals that of an oracle which shares no code: exhaustive search over explicit states."""

import pytest

from rfsolve.search.expand import PlacedLayer
from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.reading import problem_from
from tests.oracle.optimum import OracleLayer, OracleProblem, optimum, totals, violations
from tests.search.chains import chain
from tests.search.small import without_labels

BATCHES = 20
PROBLEMS_PER_BATCH = 30


def _as_oracle_layer(layer: PlacedLayer, oracle: OracleProblem) -> OracleLayer:
    """Return the layer with a dilation of its domain: along an axis with one tap, rfsolve writes 1 for any."""
    choice, stack = layer.choice, int(layer.stack[1:])
    dilation = next(
        given
        for given in oracle.stacks[stack].dilations
        if all(k == 1 or d == own for k, d, own in zip(choice.kernel, given, choice.dilation, strict=True))
    )
    return OracleLayer(stack, choice.kernel, choice.stride, dilation, layer.c_out)


def _agree(seed: int) -> Solution:
    document, oracle = chain(seed)
    solution = solve(problem_from(document), explain=False, time_limit=20)
    best = optimum(oracle)
    assert solution.status is (Status.INFEASIBLE if best is None else Status.OPTIMAL), f"seed {seed}"
    if solution.design is not None:
        assert solution.outcome.value == best, f"seed {seed}"
        layers = [_as_oracle_layer(layer, oracle) for layer in solution.design.layers]
        assert list(violations(oracle, layers)) == [], f"seed {seed}"
        assert getattr(totals(oracle, layers), oracle.objective) == best, f"seed {seed}"
    return solution


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_optimum_is_the_oracles(batch: int) -> None:
    """Random problems: same verdict, same objective, and the oracle accepts the very design returned."""
    for seed in range(batch * PROBLEMS_PER_BATCH, (batch + 1) * PROBLEMS_PER_BATCH):
        _agree(seed)


def test_the_optimum_is_the_oracles_without_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """CP-SAT on what the programme has thinned out finds the same."""
    without_labels(monkeypatch)
    for seed in range(1_000, 1_000 + 2 * PROBLEMS_PER_BATCH):
        _agree(seed)


def test_the_random_problems_are_of_every_kind() -> None:
    """The sample has feasible and infeasible problems; were it one-sided, agreement would mean little."""
    found = [_agree(seed).status for seed in range(100_000, 100_060)]
    assert min(found.count(Status.OPTIMAL), found.count(Status.INFEASIBLE)) >= 10
