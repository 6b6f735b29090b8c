"""`rfsolve frontier` as it is typed."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rfsolve.formats.node_link import from_node_link
from tests.cli.conftest import Call

WORDS = ("frontier", "--target-rf", "10", "--max-rf", "60")
Refused = Callable[..., list[str]]


def test_points_are_rows_and_their_completeness_is_said(rfsolve: Call) -> None:
    result = rfsolve(*WORDS)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["params", "field", "layers", "ERF", "stride"]
    assert lines[2].split() == ["11,744", "13", "2", "14.2", "1"]
    assert "result  complete: 8 points, each proven" in lines
    assert "every design is matched or beaten by one of these in parameters" in result.stdout


def test_csv_has_a_row_for_each_point(rfsolve: Call) -> None:
    rows = list(csv.DictReader(io.StringIO(rfsolve(*WORDS, "--axes", "receptive_field,parameters", "--csv").stdout)))
    assert list(rows[0])[:2] == ["receptive_field", "parameters"]
    assert [(int(row["receptive_field"]), int(row["parameters"])) for row in rows][:2] == [(13, 11_744), (15, 14_048)]
    assert rows[0]["macs"] == ""


def test_json_has_the_designs(rfsolve: Call) -> None:
    document = json.loads(rfsolve(*WORDS, "--axes", "layers,receptive_field", "--json").stdout)
    assert (document["schema"], document["ending"]) == ("rfsolve.frontier/1", "complete")
    assert document["axes"] == [
        {"name": "layers", "maximise": False},
        {"name": "receptive_field", "maximise": True},
    ]
    fields = [point["values"]["receptive_field"] for point in document["points"]]
    assert fields == sorted(fields)
    for point in document["points"]:
        assert from_node_link(point["design"]["graph"]).nodes
        assert point["design"]["layers"] == point["values"]["layers"]


def test_three_axes(rfsolve: Call) -> None:
    result = rfsolve(*WORDS, "--axes", "parameters,receptive_field,layers", "--points", "5")
    assert "result  stopped after as many points as asked: 5 points, each proven" in result.stdout


def test_an_infeasible_problem_is_explained(rfsolve: Call) -> None:
    words = ("frontier", "--target-rf", "1000", "--max-layers", "2")
    result = rfsolve(*words)
    assert result.exit_code == 3
    assert "proven infeasible" in result.stdout
    assert "would do" in result.stdout
    document = json.loads(rfsolve(*words, "--json").stdout)
    assert (document["ending"], document["points"]) == ("infeasible", [])
    assert document["conflicts"]
    assert document["relaxations"]


def test_no_point_in_time_is_exit_code_four(rfsolve: Call) -> None:
    result = rfsolve(*WORDS, "--time-limit", "0.000001")
    assert result.exit_code == 4
    assert "no point was proven, and no design excluded" in result.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--axes", "params,rf"), "axes: unknown axis 'params', did you mean parameters?"),
        (("--axes", "receptive_feild,layers"), "axes: unknown axis 'receptive_feild', did you mean receptive_field?"),
        (("--axes", "1"), "axes: unknown axis '1', expected some of parameters, macs, layers"),
        (("--axes", ""), "axes: 0 given, expected two or three, such as parameters,receptive_field"),
        (("--points", "0"), "Invalid value for '--points': 0 is out of range, expected 1 to 1,000,000"),
        (("--csv", "--json"), "--csv and --json are two forms of one result, expected one of them"),
        (("--set", "exit[0].receptive_field.min=3"), "--set exit[0].receptive_field.min: sets what --target-rf"),
        (("--max-layers", "none"), "--max-layers: 'none' is not a whole number"),
    ],
)
def test_wrong_words_are_one_line(words: tuple[str, ...], line: str, refused: Refused) -> None:
    (said,) = refused(*WORDS, *words)
    assert said.startswith(line)


def test_an_axis_without_an_end_is_one_line(refused: Refused) -> None:
    (line,) = refused("frontier", "--target-rf", "10")
    assert "receptive_field: it has no end, expected a largest field (--max-rf)" in line


def test_the_cache_knows_the_points(rfsolve: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSOLVE_CACHE_DIR", str(tmp_path / "answers"))
    first, second = rfsolve(*WORDS), rfsolve(*WORDS)
    assert "(0 questions to the solver)" in second.stdout
    assert first.stdout.partition("time ")[0] == second.stdout.partition("time ")[0]
    assert "(0 questions to the solver)" not in rfsolve(*WORDS, "--no-cache").stdout


def test_ctrl_c_keeps_what_is_proven(tmp_path: Path) -> None:
    """Rows come while the search runs, and stay when it is interrupted."""
    with subprocess.Popen(
        [sys.executable, "-m", "rfsolve", "frontier", "--target-rf", "10", "--max-rf", "5000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as search:
        assert search.stdout is not None
        first = [search.stdout.readline() for _ in range(4)]
        time.sleep(0.3)
        search.send_signal(signal.SIGINT)
        out, err = search.communicate(timeout=30)
    assert re.match(r" +11,744 ", first[2])
    assert "Traceback" not in err
    assert "result  interrupted: " in out
    assert "nothing is missing up to" in out
    assert search.returncode == 0
