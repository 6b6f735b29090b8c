"""The training example, shortened: the order that the page states shows after one training of each design."""

import re
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

SCRIPT = ROOT / "docs" / "examples" / "train.py"
PAGE = ROOT / "docs" / "how-to" / "training.md"
ROW = re.compile(r"^ *(\d+)  +([\d,]+)  +([\d,]+)  ([\d. ]+)  mean (\d\.\d+)$", re.MULTILINE)

SHOWN = re.compile(r"^\| (\d+) \| ([\d,]+) \| ([\d,]+) \| ([\d. ]+) \| (\d\.\d+) \|$", re.MULTILINE)


def test_the_design_that_sees_the_object_learns_and_the_other_guesses() -> None:
    """Equal parameters and MACs; on images never seen before, one is right, the other is a coin."""
    pytest.importorskip("torch")
    command = [sys.executable, str(SCRIPT), "--seeds", "1", "--steps", "60"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (sees, *costs, _, right), (blind, *others, _, guessed) = ROW.findall(done.stdout)
    assert (int(sees), int(blind)) == (47, 19)
    assert costs == others == ["2,456", "1,047,816"]
    assert float(right) > 0.9
    assert 0.45 < float(guessed) < 0.55


def test_the_page_shows_what_the_script_printed() -> None:
    """Both rows of its table, each with the mean of its accuracies."""
    found = SHOWN.findall(PAGE.read_text(encoding="utf-8"))
    assert [row[:3] for row in found] == [("47", "2,456", "1,047,816"), ("19", "2,456", "1,047,816")]
    for *_, each, mean in found:
        told = [float(one) for one in each.split()]
        assert len(told) == 3
        assert abs(sum(told) / 3 - float(mean)) < 0.001
