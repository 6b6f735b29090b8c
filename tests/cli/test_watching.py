"""Progress on stderr."""

import time

import pytest

from rfsolve.cli import ticking
from rfsolve.cli.watching import Watching
from rfsolve.search.engine import Progress
from rfsolve.space.problem import Objective, Quantity

PARAMETERS = Objective(quantity=Quantity.PARAMETERS)


def test_quick_searches_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Watching(PARAMETERS):
        pass
    assert capsys.readouterr() == ("", "")


def test_lines_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Watching(PARAMETERS, quiet=0.01, every=0.02) as watch:
        time.sleep(0.05)
        watch.see(Progress(1.0, None, 50.0))
        time.sleep(0.05)
        watch.see(Progress(1.0, 200.0, 150.0))
        time.sleep(0.05)
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines()[0] == "searching, 0 s"
    assert "searching, 0 s: no design yet, bound 50 parameters (Ctrl-C keeps the best so far)" in err
    assert "best 200 parameters, bound 150 parameters, gap 25 %" in err.splitlines()[-1]


def test_one_live_line_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(ticking.sys.stderr, "isatty", lambda: True)
    with Watching(PARAMETERS, quiet=0.01) as watch:
        watch.see(Progress(1.0, 200.0, 150.0))
        time.sleep(0.6)
    assert "gap 25 %" in capsys.readouterr().err


def test_whole_numbers_have_no_decimal() -> None:
    """A solver's floats miss them by a little."""
    watch = Watching(PARAMETERS)
    watch.see(Progress(1.0, 2_079_832.0000001, 2_000_000.04))
    assert "best 2,079,832 parameters, bound 2,000,000 parameters, gap" in watch.line()
    watch.see(Progress(1.0, 10.0, 9.5))
    assert "best 10 parameters, bound 9.5 parameters, gap" in watch.line()
