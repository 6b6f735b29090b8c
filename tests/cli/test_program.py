"""The program: its default command, its help, its exit codes, its streams."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rfsolve import __version__
from rfsolve.cli.ending import say
from rfsolve.cli.main import COMMANDS, program, with_command
from rfsolve.errors import InternalError
from rfsolve.search.solution import Outcome, Solution, Status
from rfsolve.space.problem import Objective, Quantity

Call = Callable[..., Result]
Refused = Callable[..., list[str]]
Process = Callable[..., "subprocess.CompletedProcess[str]"]

HEAVY = ("ortools", "numpy", "networkx", "torch", "pydantic", "rich", "pandas")


def imported(words: list[str]) -> set[str]:
    """Top-level modules that `rfsolve words` imports."""
    code = (
        "import sys\nfrom rfsolve.cli.main import program\n"
        f"try:\n    program.main({words!r})\nexcept SystemExit:\n    pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["solve", "--help"], ["--version"], []])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    assert not imported(words).intersection(HEAVY)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_shows_no_ranges_of_click(rfsolve: Call, command: str) -> None:
    text = rfsolve(command, "--help").stdout
    assert "RANGE" not in text
    assert "<=x" not in text


def test_help_is_quick(process: Process) -> None:
    """Seconds of processor time, which other work on the machine does not stretch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2


def test_without_words_the_help_is_printed(rfsolve: Call) -> None:
    result = rfsolve()
    assert result.exit_code == 0
    assert result.stdout == rfsolve("--help").stdout
    assert re.search(r"^ +solve +Find the cheapest", result.stdout, re.MULTILINE)


def test_version(rfsolve: Call) -> None:
    assert rfsolve("--version").stdout == f"rfsolve {__version__}\n"


def test_solve_is_meant_where_no_command_is_named() -> None:
    assert with_command(["--target-rf", "200"]) == ["solve", "--target-rf", "200"]
    assert with_command(["problem.toml", "--json"]) == ["solve", "problem.toml", "--json"]
    assert with_command(["inspect", "3"]) == ["inspect", "3"]
    assert with_command(["--help"]) == ["--help"]


def test_a_misspelt_command_is_named(refused: Refused) -> None:
    assert refused("inspct", "3") == ["'inspct' is neither a command nor a file, did you mean inspect?"]


def test_an_unknown_option_is_one_line(refused: Refused) -> None:
    assert refused("--target-rf", "7", "--nrom") == ["No such option '--nrom'. Did you mean '--norm'?"]


def test_result_on_stdout_and_nothing_else(process: Process) -> None:
    done = process("--target-rf", "20", "--max-params")
    assert done.returncode == 0
    assert "proven optimal" in done.stdout
    assert not done.stderr


def test_messages_on_stderr_and_nothing_else(process: Process) -> None:
    done = process("--target-rf", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --target-rf: 0 is too small, expected at least 1\n"


def test_infeasible_exits_with_3(process: Process) -> None:
    assert process("--target-rf", "200", "--max-params", "10k").returncode == 3


@pytest.mark.parametrize(
    ("status", "bound", "ending"),
    [
        (Status.UNKNOWN, 7.0, (4, "any design has at least 7 parameters")),
        (Status.UNKNOWN, None, (4, "not decided: no design found in time")),
        (Status.INFEASIBLE, None, (3, "no change was found in time that would help")),
    ],
)
def test_exit_codes_without_a_design(
    monkeypatch: pytest.MonkeyPatch,
    status: Status,
    bound: float | None,
    ending: tuple[int, str],
) -> None:
    outcome = Outcome(objective=Objective(quantity=Quantity.PARAMETERS), value=None, bound=bound)
    solution = Solution(status=status, outcomes=(outcome,))
    monkeypatch.setattr("rfsolve.cli.solving.solve", lambda *_, **__: solution)
    page = CliRunner().invoke(program, ["--target-rf", "7"])
    assert page.exit_code == ending[0]
    assert ending[1] in " ".join(page.stdout.split())
    document = json.loads(CliRunner().invoke(program, ["--target-rf", "7", "--json"]).stdout)
    assert (document["status"], document["design"]) == (status.value, None)
    assert document["objective"]["bound"] == bound


def fails(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> tuple[int, str, str]:
    def run(*_: object) -> int:
        raise error

    monkeypatch.setattr("rfsolve.cli.solving.run", run)
    result = CliRunner().invoke(program, ["--target-rf", "7"])
    return result.exit_code, result.stdout, result.stderr


def test_a_defect_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = fails(monkeypatch, InternalError("parameters: 3 against 4"))
    assert (code, out) == (1, "")
    assert err.startswith("internal error: InternalError: parameters: 3 against 4 (please report")
    assert err.count("\n") == 1


def test_a_defect_shows_its_trace_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFSOLVE_DEBUG", "1")
    assert "Traceback" in fails(monkeypatch, ZeroDivisionError("x"))[2]


def test_ctrl_c_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fails(monkeypatch, KeyboardInterrupt()) == (130, "", "interrupted\n")


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = fails(monkeypatch, OSError(28, "No space left on device"))
    assert code == 2
    assert err == "error: the result cannot be written: No space left on device\n"


def test_messages_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nb\x1b[2Jc")
    assert capsys.readouterr().err == "a b\\x1b[2Jc\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "rfsolve", "schema"],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


SLOW = """
[defaults]
kernels = [3, 5, 7, 9]
dilations = [1, 2, 3, 4, 5, 6, 7, 8]
widths = [24, 32, 48, 64, 96, 128, 160]
[[exit]]
effective_receptive_field = { min = 333.3, max = 333.9 }
receptive_field = { exact = 701 }
stride = 16
[budget]
layers = 30
"""


def test_ctrl_c_in_a_search_ends_it_with_what_was_found(tmp_path: Path) -> None:
    """After the first progress line, which also shows that there is one where stderr is no terminal."""
    (tmp_path / "slow.toml").write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, "-m", "rfsolve", "slow.toml", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as search:
        assert search.stderr is not None
        assert search.stderr.readline().startswith("searching, ")
        time.sleep(5)  # past the building of the model, 2 s on an idle machine
        search.send_signal(signal.SIGINT)
        out, err = search.communicate(timeout=30)
    assert "Traceback" not in err
    assert (search.returncode, '"status": "unknown"' in out) in {(4, True), (0, False)}
