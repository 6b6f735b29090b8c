"""`rfsolve sweep` as it is typed: what it prints, what it refuses, and what it leaves behind."""

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rfsolve.cli.main import program
from rfsolve.errors import InputError
from rfsolve.sweep.store import Store

Call = Callable[..., Result]
Refused = Callable[..., list[str]]

SMALL = ("--set", "widths=8*jump:32", "--set", "kernels=3,5")
SCHEMA = "https://vega.github.io/schema/vega-lite/"
"""A name in every plot, which nothing fetches."""

PLASMA = (
    *("--family", "unet", "--vary", "levels=3,5", "--vary", "kernels=[3]", "--vary", "target_rf=50,100"),
    *("--set", "within=0.1", "--set", "widths='8*jump:16'", "--set", "layers=[1,60]", "--set", "max_params=100k"),
)


def test_a_sweep_says_what_came_of_it(rfsolve: Call) -> None:
    words = ("sweep", "--vary", "target_rf=9:25:4", "--vary", "max_params=1k,60k", *SMALL)
    first = rfsolve(*words)
    assert first.exit_code == 0, first.stderr
    assert "points  10: 10 proven, of them 5 impossible" in first.stdout
    assert "read them with: rfsolve sweep show sweep.jsonl" in first.stdout
    before = Path("sweep.jsonl").read_bytes()
    again = rfsolve(*words)
    assert again.exit_code == 0
    assert Path("sweep.jsonl").read_bytes() == before


def test_a_study_of_unets(rfsolve: Call) -> None:
    """Fields about their targets at every output phase; five levels at 50 are impossible, and it says why."""
    result = rfsolve("sweep", *PLASMA)
    assert result.exit_code == 0, result.stderr
    read = [json.loads(line) for line in Path("sweep.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = {(row["varied"]["levels"], row["varied"]["target_rf"]): row for row in read}
    assert all(row["status"] in {"optimal", "infeasible"} for row in rows.values())
    for (_, target), row in ((key, row) for key, row in rows.items() if row["design"]):
        low, high = row["exits"][0]["receptive_field"][0]
        assert 0.9 * target <= low <= high <= 1.1 * target
        assert row["parameters"] <= 100_000
    impossible = rows[5, 50]
    assert impossible["status"] == "infeasible"
    assert all("exit[0].receptive_field" in names for names in impossible["conflicts"])
    shown = rfsolve("sweep", "show", "sweep.jsonl", "--pivot", "target_rf,levels").stdout
    assert [line.split() for line in shown.splitlines()[2:4]] == [["50", "17,448", "none"], ["100", "30,280", "27,064"]]


def test_a_dry_run_counts(rfsolve: Call) -> None:
    result = rfsolve("sweep", "--vary", "target_rf=9:25:4", "--vary", "max_params=1k,60k", *SMALL, "--dry-run")
    assert result.exit_code == 0
    assert "points  10" in result.stdout
    assert "solves  1 at the least, 10 at the most" in result.stdout
    assert not list(Path().iterdir())


def test_rows_as_json_lines(rfsolve: Call) -> None:
    result = rfsolve("sweep", "--vary", "target_rf=9,25", *SMALL, "--json", "-o", "a.jsonl")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        json.loads(line) for line in Path("a.jsonl").read_text().splitlines()
    ]


def test_shards_and_their_merge(rfsolve: Call) -> None:
    """Parts of the points, each in a store of its own; together they are the whole, designs and all."""
    words = ("sweep", "--vary", "target_rf=9,25", "--vary", "output_stride=1,2", *SMALL, "-o", "s.jsonl")
    for shard in ("1/2", "2/2"):
        assert rfsolve(*words, "--shard", shard).exit_code == 0
    merged = rfsolve("sweep", "merge", "all.jsonl", "s.1-of-2.jsonl", "s.2-of-2.jsonl")
    assert merged.stderr == "wrote 4 points to all.jsonl\n"
    rows = [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
    assert [row["point"] for row in rows] == [0, 1, 2, 3]
    assert all(Path("all.designs", f"{row['design']}.json").is_file() for row in rows)
    assert "output" in rfsolve("inspect", f"all.designs/{rows[3]['design']}.json").stdout
    half = rfsolve("sweep", "merge", "half.jsonl", "s.1-of-2.jsonl")
    assert "of 4 are missing" in half.stderr


def test_a_point_that_cannot_be_stated_is_a_row(rfsolve: Call) -> None:
    result = rfsolve("sweep", "--vary", "target_rf=9", "--vary", "kernels=3,4")
    assert result.exit_code == 1
    assert "1 failed" in result.stdout
    assert "odd" in result.stdout or "even" in result.stdout


def test_every_row_has_the_same_keys(rfsolve: Call) -> None:
    """Whether it was solved, implied, is impossible or failed; what is not known is null."""
    words = ("sweep", "--vary", "target_rf=9,20.5,5000", "--set", "max_layers=4", "--vary", "max_params=1M,2M")
    rfsolve(*words)
    rows = [json.loads(line) for line in Path("sweep.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["status"] for row in rows} == {"optimal", "infeasible", "failed"}
    assert any(row["implied_by"] is not None for row in rows)
    assert len({tuple(row) for row in rows}) == 1


def test_a_store_that_nothing_was_written_to_is_not_left_behind(tmp_path: Path) -> None:
    """One that was there is kept, empty or not."""
    path = tmp_path / "new.jsonl"
    with pytest.raises(InputError, match="refused"), Store(path):
        raise InputError("refused")
    assert not path.exists()
    path.touch()
    with Store(path):
        pass
    assert path.exists()


def test_failures_that_differ_in_a_number_are_one_line(rfsolve: Call) -> None:
    result = rfsolve("sweep", "--vary", "target_rf=20.5:24.5:0.5", *SMALL)
    assert result.exit_code == 1
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("failed"))
    assert line.startswith("failed  5 points, such as target_rf=20.5: --vary target_rf: 20.5 is not a whole")


def test_an_axis_without_a_valid_value_is_refused(refused: Refused) -> None:
    errors = refused("sweep", "--vary", "target_rf=20.5,21.5", "--vary", "max_params=1k,1M", *SMALL)
    assert errors == ["--vary target_rf: '20.5' is not a whole number"]
    assert not list(Path().iterdir())


def test_what_runs_out_of_time_is_a_row_and_can_be_tried_again(rfsolve: Call) -> None:
    words = ("sweep", "--vary", "target_rf=9,25", *SMALL)
    assert rfsolve(*words, "--time-limit", "0.000001").exit_code == 4
    assert rfsolve(*words).exit_code == 4  # they are rows
    result = rfsolve(*words, "--retry")
    assert (result.exit_code, "2 proven" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--vary", "target_fr=5:9"], "--vary target_fr: names no key, did you mean target_rf?"),
        (["--vary", "target_rf"], "--vary target_rf: expected key=value, such as target_rf=50:400:25"),
        (
            ["--vary", "target_rf=9:5"],
            "--vary target_rf: 9:5 is an empty range, expected start:end:step such as 50:400:25",
        ),
        (["--family", "unit", "--vary", "levels=3"], "--family: no family 'unit', did you mean unet?"),
        (
            ["--vary", "target_rf=1:3000", "--vary", "max_params=1k:400k:1k"],
            "1,200,000 combinations, expected --yes for more than 100,000",
        ),
        (
            ["--vary", "target_rf=9", "-o", "/proc/x.jsonl"],
            "/proc/x.jsonl: cannot be written: No such file or directory",
        ),
        (
            ["--vary", "target_rf=9", "-o", "/dev/full"],
            "/dev/full: no regular file, expected a file of rows or a new one",
        ),
        (["--vary", "target_rf=9", "--shard", "3/2"], "--shard 3/2: expected I/N with I from 1 to N, such as 3/16"),
        (["--vary", "target_rf=9", "--cluster", "4"], "--cluster 4: expected local:N with N workers, such as local:4"),
        (
            ["--vary", "target_rf=9", "--scheduler", "a"],
            "--scheduler a: no address, expected one such as tcp://host:8786",
        ),
        (["--vary", "exit[0].strid=3"], "--vary exit[0].strid: unknown key, did you mean stride?"),
        (
            ["--vary", "target_rf=10:20:5", "--vary", "exit[0].receptive_field.min=3,40"],
            "--vary exit[0].receptive_field.min: sets what --vary target_rf sets too, expected one of them",
        ),
        (
            ["--vary", "target_rf=9", "--vary", "max_params=1k,1M", "--set", "budget.parameters=2k"],
            "--vary max_params: sets what --set budget.parameters sets too, expected one of them",
        ),
        (
            ["--family", "unet", "--vary", "levels=3,4", "--vary", "family.levels=5", "--set", "target_rf=50"],
            "--vary family.levels: sets what --vary levels sets too, expected one of them",
        ),
        (["show", "no.jsonl"], "no.jsonl: cannot be read: No such file or directory"),
    ],
)
def test_what_is_refused(refused: Refused, words: list[str], error: str) -> None:
    assert refused("sweep", *words) == [error]


def test_a_store_of_another_sweep_is_refused(rfsolve: Call, refused: Refused) -> None:
    rfsolve("sweep", "--vary", "target_rf=9,25", *SMALL)
    other = refused("sweep", "--vary", "target_rf=9,13", *SMALL)
    assert other == [
        "sweep.jsonl: holds another sweep (2 points over target_rf), expected a new file, or the same problem and axes"
    ]
    changed = refused("sweep", "--vary", "target_rf=9,25")
    assert changed[0].startswith("sweep.jsonl: point 0 (target_rf=9) was another problem when it was solved")
    text = Path("sweep.jsonl").read_text(encoding="utf-8").replace('"rfsolve": "0.1.0"', '"rfsolve": "0.0.9"')
    Path("sweep.jsonl").write_text(text, encoding="utf-8")
    version = refused("sweep", "--vary", "target_rf=9,25", *SMALL)
    assert version == ["sweep.jsonl: written by rfsolve 0.0.9, this is 0.1.0; expected a new file"]


def test_a_store_in_use_is_refused(rfsolve: Call, refused: Refused) -> None:
    rfsolve("sweep", "--vary", "target_rf=9,25", *SMALL)
    with Store("sweep.jsonl"):
        errors = refused("sweep", "--vary", "target_rf=9,25", *SMALL)
    assert errors == ["sweep.jsonl: in use by another sweep, expected a file of its own"]


def test_no_scheduler_there(rfsolve: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("rfsolve.sweep.executors.WAIT", 1.0)
    address = "tcp://127.0.0.1:9"
    result = rfsolve("sweep", "--vary", "target_rf=9", "--scheduler", address)
    errors = [line for line in result.stderr.splitlines() if not line.startswith(("sweeping, ", "note: "))]
    expected = f"error: {address}: no scheduler there (no answer in 1 s), expected the address that it prints"
    assert (result.exit_code, errors) == (2, [expected])


@pytest.mark.parametrize(
    ("module", "words", "error"),
    [
        ("distributed", "--cluster local:2", "local:2: needs dask, install it: pip install 'rfsolve[cluster]'"),
        ("pyarrow", "--parquet a.parquet", "a.parquet: needs pyarrow, install it: pip install 'rfsolve[parquet]'"),
        ("altair", "--plot a.svg", "plots need altair and vl-convert, install them: pip install 'rfsolve[report]'"),
    ],
)
def test_without_an_extra(refused: Refused, module: str, words: str, error: str) -> None:
    """The line that installs it."""
    axes = ["--vary", "target_rf=9,25", *SMALL]
    assert CliRunner().invoke(program, ["sweep", *axes]).exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module, None)
        start = axes if module == "distributed" else ["show", "sweep.jsonl"]
        assert refused("sweep", *start, *words.split()) == [error]


def test_a_full_disk_keeps_what_was_finished(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: one line, and the store is whole up to it."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))

    words = [sys.executable, "-m", "rfsolve", "sweep", "--vary", "target_rf=9:41:4", *SMALL, "-o", "s.jsonl"]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 2, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: s.jsonl: cannot be written: File too large")
    assert "Traceback" not in done.stderr
    with Store(tmp_path / "s.jsonl") as store:
        assert 0 < len(store.rows) < 9
        assert f"{len(store.rows)} points are kept" in errors[0]


def test_ctrl_c_leaves_the_rows(tmp_path: Path) -> None:
    words = ["--vary", "target_rf=100:400:2", "--set", "widths=[16,24,32,48,64,96]", "--set", "output_stride=8"]
    with subprocess.Popen(
        [sys.executable, "-m", "rfsolve", "sweep", *words, "-o", "s.jsonl"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        store = tmp_path / "s.jsonl"
        end = time.monotonic() + 60
        while not store.exists() or store.read_bytes().count(b"\n") < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "they are kept in s.jsonl, the same command goes on" in err
    assert "Traceback" not in err


# plots ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def swept(rfsolve: Call) -> Call:
    """A store with three axes, in the directory."""
    axes = ("--vary", "target_rf=9,17,25", "--vary", "max_params=1k,9k,60k", "--vary", "kernels=[3],[3,5]")
    assert rfsolve("sweep", *axes, "--set", "widths=8*jump:32").exit_code == 0
    return rfsolve


@pytest.mark.parametrize("kind", ["frontier", "status", "cost", "curve"])
def test_each_plot_is_a_picture(swept: Call, kind: str) -> None:
    """With the unit on its axes; as SVG its texts can be read."""
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    result = swept("sweep", "show", "sweep.jsonl", "--plot", "a.svg", "--kind", kind)
    assert (result.exit_code, result.stderr) == (0, "wrote a.svg\n")
    text = Path("a.svg").read_text(encoding="utf-8")
    assert "<svg" in text
    assert "parameters" in text or kind == "status"
    assert "(pixels)" in text
    assert swept("sweep", "show", "sweep.jsonl", "--plot", "a.png", "--kind", kind).exit_code == 0
    assert Path("a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_page_needs_nothing_from_elsewhere(swept: Call) -> None:
    """One file with all plots; no script, style or picture is loaded from anywhere."""
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    assert swept("sweep", "show", "sweep.jsonl", "--plot", "a.html").exit_code == 0
    text = Path("a.html").read_text(encoding="utf-8")
    assert text.count("vegaEmbed(") >= 4
    outside = text.partition("<script>")[0] + text.partition("</script>")[2]  # the bundle of Vega is the first script
    assert not [part for part in ("src=", "<link", "<img", "@import", "http") if part in outside.replace(SCHEMA, "")]


def test_texts_from_outside_end_no_script(rfsolve: Call) -> None:
    """A title and a value of an axis that would be markup are shown as they are."""
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    evil = "</script><script>alert(1)</script>"
    Path("p.toml").write_text(f'title = "{evil}"\n[[exit]]\nreceptive_field = 9\n', encoding="utf-8")
    Path("q.toml").write_text("[[exit]]\nreceptive_field = 11\n", encoding="utf-8")
    Path("q.toml").rename(f"{evil.replace('/', '')}.toml")
    assert rfsolve("sweep", "p.toml", f"{evil.replace('/', '')}.toml", "--vary", "target_rf=9,11").exit_code == 0
    assert rfsolve("sweep", "show", "sweep.jsonl", "--plot", "a.html").exit_code == 0
    text = Path("a.html").read_text(encoding="utf-8")
    assert evil not in text
    assert evil.replace("/", "") not in text
    assert "alert(1)" in text
