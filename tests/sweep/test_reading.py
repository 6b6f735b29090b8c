"""Rows read back: tables, groups, the Pareto front, files of other formats, shards put together."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.sweep import load_rows, sweep
from rfsolve.sweep.reading import Rows, merged
from rfsolve.sweep.rows import ExitRow, Goal, Row, RowStatus, row_from
from rfsolve.sweep.store import Store


def row(number: int, parameters: int, field: int, **varied: object) -> Row:
    """A design that costs so much and sees so far."""
    seen = ExitRow(
        name="out",
        receptive_field=[[field, field + 2]],
        stride=[1],
        effective_receptive_field=[9.5],
        hole_free=True,
        channels=8,
    )
    return Row(
        sweep="s",
        points=99,
        point=number,
        problem="p",
        title="t",
        varied=varied or {"a": number},
        status=RowStatus.OPTIMAL,
        objectives=(Goal(name="parameters", value=parameters, bound=parameters),),
        exits=(seen,),
        parameters=parameters,
        design="d",
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep with designs and without."""
    path = tmp_path_factory.mktemp("store") / "s.jsonl"
    table = {"defaults": {"widths": "8*jump:32", "kernels": [3, 5]}}
    list(sweep(table, {"target_rf": [9, 25], "max_params": ["1k", "9k", "60k"]}, store=path))
    return path


pairs = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)


@given(pairs)
def test_the_front_is_what_none_beats(found: list[tuple[int, int]]) -> None:
    """By its definition, over all pairs; of equal rows, one is kept."""
    rows = Rows(tuple(row(i, cost, field) for i, (cost, field) in enumerate(found)))
    front = rows.pareto(["parameters", "receptive_field"]).rows
    kept = [(one.parameters, one.exits[0].receptive_field[0][0]) for one in front]

    def beaten(cost: int, field: int) -> bool:
        return any(c <= cost and f >= field and (c, f) != (cost, field) for c, f in found)

    assert sorted(kept) == sorted({pair for pair in found if not beaten(*pair)})


@given(pairs)
def test_the_best_of_each_group(found: list[tuple[int, int]]) -> None:
    rows = Rows(tuple(row(i, cost, field, a=field) for i, (cost, field) in enumerate(found)))
    best = {one.varied["a"]: one.parameters for one in rows.best(["a"]).rows}
    assert best == {field: min(cost for cost, other in found if other == field) for _, field in found}


def test_a_store_is_a_table(store: Path) -> None:
    rows = load_rows(store)
    assert rows.axes == ("target_rf", "max_params")
    frame = rows.to_frame()
    assert list(frame["target_rf"]) == [9, 9, 9, 25, 25, 25]
    assert set(frame["status"]) == {"optimal", "infeasible"}
    assert rows.to_csv().splitlines()[0].startswith("target_rf,max_params,status,objective")
    pivot = rows.pivot("target_rf", "max-params")
    assert pivot.rows == [9, 25]
    assert pivot.columns == ["1k", "9k", "60k"]
    assert all(len(cell) == 1 for cell in pivot.cells.values())


def test_a_row_is_complete_in_itself(store: Path) -> None:
    """What the issue lists, and the design beside it; reading a line back loses nothing."""
    for line in store.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        assert len(document["problem"]) == 64
        assert {"rfsolve", "ortools", "python"} <= set(document["versions"])
        assert json.loads(json.dumps(row_from(document).to_dict())) == document
        if document["design"] is not None:
            assert (store.parent / "s.designs" / f"{document['design']}.json").is_file()
        else:
            assert document["status"] == "infeasible"


def test_why_there_is_none_is_said(store: Path) -> None:
    rows = load_rows(store)
    for one in rows.rows:
        assert (rows.value(one, "why") is not None) == (one.status is RowStatus.INFEASIBLE)


def test_parquet(store: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = load_rows(store)
    rows.to_parquet(tmp_path / "s.parquet")
    table = parquet.read_table(tmp_path / "s.parquet").to_pydict()
    assert list(table) == list(rows.columns)
    assert table["objective"] == [rows.value(one, "objective") for one in rows.rows]


def test_shards_put_together(store: Path, tmp_path: Path) -> None:
    rows = load_rows(store).rows
    for name, part in (("a", rows[::2]), ("b", rows[1::2])):
        with Store(tmp_path / name) as opened:
            opened.append(part)
    assert merged([str(tmp_path / "a"), str(tmp_path / "b")]) == list(rows)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sweep": "other"}, "holds another sweep than"),
        ({"objectives": (Goal(name="parameters", value=1, bound=1),)}, "has another answer than in"),
    ],
)
def test_what_does_not_go_together(store: Path, tmp_path: Path, change: dict[str, object], error: str) -> None:
    rows = load_rows(store).rows
    with Store(tmp_path / "other") as opened:
        opened.append([replace(rows[0], **change)])  # type: ignore[arg-type]  # whatever is changed
    with pytest.raises(InputError, match=error):
        merged([str(store), str(tmp_path / "other")])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "holds no row"),
        ("hello\n", "line 1: no row of a sweep, expected one JSON object a line"),
        ("{}\n", "line 1: no row of a sweep, expected an object of schema 'rfsolve.sweep/1'"),
        ('{"schema": "rfsolve.sweep/1"}\n', "line 1: no row of a sweep"),
        ("[" * 100_000 + "\n", "line 1: no row of a sweep"),
    ],
)
def test_what_is_no_store(tmp_path: Path, content: str, error: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=error):
        load_rows(file)


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A file without a line end is no torn row of a sweep unless it looks like one."""
    file = tmp_path / "notes.txt"
    file.write_text("my notes", encoding="utf-8")
    with pytest.raises(InputError, match="no store of a sweep"), Store(file):
        pass
    assert file.read_text(encoding="utf-8") == "my notes"
