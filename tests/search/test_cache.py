"""The cache: what comes back is what was proven, checked again; what makes no sense is left alone."""

import json
import random
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rfsolve
from rfsolve.report.solution_json import solution_document
from rfsolve.search import cache as cache_module
from rfsolve.search import solve as solve_module
from rfsolve.search.cache import Cache, CacheWarning, default_directory
from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.problem import Problem
from rfsolve.space.reading import load_problem, problem_from
from tests.oracle.random_problems import random_problem

PROBLEMS = Path(__file__).parents[2] / "problems"
TABLE: dict[str, Any] = {"defaults": {"widths": "4*jump:16"}, "exit": [{"receptive_field": 40, "stride": 4}]}
IMPOSSIBLE: dict[str, Any] = {"defaults": {"layers": {"max": 2}}, "exit": [{"receptive_field": 400}]}
TIED: dict[str, Any] = {
    "defaults": {"widths": 8, "layers": {"min": 1, "max": 3}, "strides": [1]},
    "stack": [
        {"name": "t", "after": "input"},
        {"name": "a", "after": "t"},
        {"name": "b", "after": "t", "tied_to": "a"},
    ],
    "merge": [{"name": "m", "op": "add", "of": ["a", "b"]}],
    "exit": [{"after": "m", "receptive_field": 20}],
}


def untimed(solution: Solution) -> dict[str, Any]:
    """The whole answer but for its times, and whether it was known."""
    document = solution_document(solution)
    return {key: value for key, value in document.items() if key not in {"seconds", "recalled"}}


def again(problem: Problem, directory: Path, **options: Any) -> tuple[Solution, Solution]:
    """The answer, and the answer that is known from then on; any warning is an error."""
    first = solve(problem, cache=Cache(directory), **options)
    return first, solve(problem, cache=Cache(directory), **options)


def entries(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.json"))


# what comes back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lffd-dilated", "unet-phases", "shared-heads", "union-fills-holes", "unet-bilinear"])
def test_a_known_answer_is_the_answer(name: str, tmp_path: Path) -> None:
    first, second = again(load_problem(PROBLEMS / f"{name}.toml"), tmp_path)
    assert (first.recalled, second.recalled) == (False, True)
    assert first.seconds.solve > second.seconds.solve == 0
    assert untimed(first) == untimed(second)


def test_it_is_so_for_random_graphs(tmp_path: Path) -> None:
    """Merges, up-sampling, ties, falling widths; with a design and without."""
    found = set()
    for seed in range(40):
        first, second = again(problem_from(random_problem(seed).table), tmp_path, explain=False)
        assert second.recalled, f"seed {seed}"
        assert untimed(first) == untimed(second), f"seed {seed}"
        found.add(first.status)
    assert found == {Status.OPTIMAL, Status.INFEASIBLE}


def test_the_solver_is_not_called_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (TABLE, IMPOSSIBLE):
        solve(problem_from(table), cache=Cache(tmp_path))
    monkeypatch.setattr(solve_module, "_Search", None)
    monkeypatch.setattr(solve_module, "_explained", None)
    assert solve(problem_from(TABLE), cache=Cache(tmp_path)).status is Status.OPTIMAL
    known = solve(problem_from(IMPOSSIBLE), cache=Cache(tmp_path))
    assert known.status is Status.INFEASIBLE
    assert known.relaxations


def test_names_in_an_explanation_are_the_callers(tmp_path: Path) -> None:
    table = {**IMPOSSIBLE, "exit": [{"receptive_field": {"min": 400}}]}
    first = solve(problem_from(IMPOSSIBLE), cache=Cache(tmp_path))
    origins = {"exit[0].receptive_field": "--target-rf"}
    other = solve(problem_from(table, origins=origins), cache=Cache(tmp_path))
    assert other.recalled
    assert "exit[0].receptive_field" in first.conflict
    assert "--target-rf" in other.conflict
    assert solve(problem_from(IMPOSSIBLE), cache=Cache(tmp_path)).conflict == first.conflict
    assert len(entries(tmp_path)) == 1


def test_an_answer_without_explanation_is_explained_when_asked(tmp_path: Path) -> None:
    solve(problem_from(TABLE), explain=False, cache=Cache(tmp_path))
    known = solve(problem_from(TABLE), cache=Cache(tmp_path))
    assert known.recalled
    assert {effect.name for effect in known.guards} == {"guards.hole_free"}


def test_what_is_not_proven_is_not_kept(tmp_path: Path) -> None:
    solution = solve(load_problem(PROBLEMS / "free-widths.toml"), time_limit=0.001, cache=Cache(tmp_path))
    assert solution.status in {Status.UNKNOWN, Status.FEASIBLE}
    assert not entries(tmp_path)


@pytest.mark.parametrize("change", [{"seed": 1}, {"workers": 2}])
def test_other_settings_are_another_question(change: dict[str, int], tmp_path: Path) -> None:
    solve(problem_from(TABLE), cache=Cache(tmp_path))
    assert not solve(problem_from(TABLE), cache=Cache(tmp_path), **change).recalled


def test_another_version_is_another_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solve(problem_from(TABLE), cache=Cache(tmp_path))
    monkeypatch.setattr(rfsolve, "__version__", "9.9.9")
    assert not solve(problem_from(TABLE), cache=Cache(tmp_path)).recalled


# what is kept ---------------------------------------------------------------------------------------------------------


def test_what_is_kept_is_data(tmp_path: Path) -> None:
    solve(problem_from(TABLE), cache=Cache(tmp_path))
    (entry,) = entries(tmp_path)
    document = json.loads(entry.read_text())
    assert document["schema"] == "rfsolve.answer/1"
    assert all(len(row) == 4 for row in document["answer"]["stacks"]["trunk"])
    assert len(list(tmp_path.rglob("*"))) == 2  # its folder, and nothing half written


def tampered(directory: Path, change: Any) -> None:
    """Change the one answer kept, and its sum with it."""
    (entry,) = entries(directory)
    document = json.loads(entry.read_text())
    change(document["answer"])
    document["sum"] = cache_module._sum(document["answer"])
    entry.write_text(json.dumps(document))


def fewer_layers(answer: dict[str, Any]) -> None:
    answer["stacks"]["trunk"].pop()


def other_kernel(answer: dict[str, Any]) -> None:
    answer["stacks"]["trunk"][0][0] = [9, 9]


def other_width(answer: dict[str, Any]) -> None:
    answer["stacks"]["trunk"][-1][3] = 5


def cheaper(answer: dict[str, Any]) -> None:
    answer["values"] = [1]


def nonsense(answer: dict[str, Any]) -> None:
    answer["stacks"] = 7


def unproven(answer: dict[str, Any]) -> None:
    answer["status"] = "feasible"


@pytest.mark.parametrize("change", [fewer_layers, other_kernel, other_width, cheaper, nonsense, unproven])
def test_a_false_answer_is_found_out_and_replaced(change: Any, tmp_path: Path) -> None:
    first = solve(problem_from(TABLE), cache=Cache(tmp_path))
    tampered(tmp_path, change)
    with pytest.warns(CacheWarning, match="holds no answer to this problem"):
        second = solve(problem_from(TABLE), cache=Cache(tmp_path))
    assert not second.recalled
    assert untimed(second) == untimed(first)
    assert solve(problem_from(TABLE), cache=Cache(tmp_path)).recalled


def test_stacks_that_are_tied_come_back_tied(tmp_path: Path) -> None:
    solve(problem_from(TIED), cache=Cache(tmp_path))

    def untie(answer: dict[str, Any]) -> None:
        stacks = answer["stacks"]
        stacks["b"] = [*stacks["b"], *stacks["b"]]

    tampered(tmp_path, untie)
    with pytest.warns(CacheWarning, match="'b' does not repeat 'a'"):
        solve(problem_from(TIED), cache=Cache(tmp_path))


def test_any_damage_is_survived(tmp_path: Path) -> None:
    """Cut short, overwritten, swapped for another: the answer is the same, with one warning at most."""
    solve(problem_from(TABLE), explain=False, cache=Cache(tmp_path))
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    rng = random.Random(1)  # noqa: S311 - a sample
    damaged = [whole[: rng.randrange(len(whole))] for _ in range(20)]
    damaged += [whole[:at] + bytes([rng.randrange(256)]) + whole[at + 1 :] for at in rng.sample(range(len(whole)), 40)]
    damaged += [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 100_000, b"1" * 5_000_000]
    cache = Cache(tmp_path, warn=[].append)
    question = json.loads(whole)["question"]
    asked = {key: value for key, value in question.items() if key not in {"rfsolve", "ortools"}}
    kept = cache.get(asked)
    assert kept is not None
    for content in damaged:
        entry.write_bytes(content)
        assert cache.get(asked) in (None, kept)
    solve(problem_from(TABLE), explain=False, cache=cache)
    assert cache.get(asked) == kept


def test_one_warning_for_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.write_text("")
    cache = Cache(place)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for field in (40, 41, 42):
            table = {**TABLE, "exit": [{"receptive_field": field, "stride": 4}]}
            assert solve(problem_from(table), explain=False, cache=cache).status is Status.OPTIMAL
    assert [warning.category for warning in caught] == [CacheWarning]


def test_a_place_where_a_directory_stands_is_left_alone(tmp_path: Path) -> None:
    solve(problem_from(TABLE), explain=False, cache=Cache(tmp_path))
    (entry,) = entries(tmp_path)
    entry.unlink()
    entry.mkdir()
    said: list[str] = []
    assert not solve(problem_from(TABLE), explain=False, cache=Cache(tmp_path, warn=said.append)).recalled
    assert len(said) == 1


def test_the_oldest_answers_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_IN_A_FOLDER", 10)
    cache = Cache(tmp_path)
    for number in range(2_000):
        cache.put({"number": number}, {"is": number})
    kept = entries(tmp_path)
    assert max(len(list(folder.iterdir())) for folder in tmp_path.iterdir()) <= 10
    assert 1_000 < len(kept) < 2_000
    assert cache.get({"number": 1_999}) == {"is": 1_999}


def _hammer(directory: str, worker: int) -> int:
    """Write and read the same few answers many times over; the number of answers that were not whole."""
    rng = random.Random(worker)  # noqa: S311 - a sample
    said: list[str] = []
    cache = Cache(directory, warn=said.append)
    for _ in range(300):
        number = rng.randrange(5)
        if rng.random() < 0.5:
            cache.put({"number": number}, {"is": [number] * 5_000})
        elif cache.get({"number": number}) not in (None, {"is": [number] * 5_000}):
            return 1
    return len(said)


def test_processes_share_a_directory(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        assert sum(pool.map(_hammer, [str(tmp_path)] * 4, range(4))) == 0


# where it is ----------------------------------------------------------------------------------------------------------


def test_the_directory_is_the_environments_or_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSOLVE_CACHE_DIR", "/somewhere")
    assert default_directory() == Path("/somewhere")
    for nowhere in ("none", ""):
        monkeypatch.setenv("RFSOLVE_CACHE_DIR", nowhere)
        assert default_directory() is None
    monkeypatch.delenv("RFSOLVE_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert default_directory() == Path("/caches/rfsolve")
