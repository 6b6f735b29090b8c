"""Why not, what else and at what price, as they are typed and as they are read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from rfsolve.search.solution import Solution, Status
from rfsolve.search.solve import solve
from rfsolve.space.families import unet
from rfsolve.space.family import without_notes
from rfsolve.space.reading import problem_from
from tests.cli.conftest import Call

FIVE_3X3 = ["--kernels", "3", "--dilations", "1,2,3,4"]
ONE_WIDTH = ["--target-rf", "1000", "--widths", "64"]


def said(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def ended(result: Result, code: int) -> Result:
    """The result of a call that ends with this exit code."""
    assert result.exit_code == code, result.stderr
    return result


# why not --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "conflict", "changes"),
    [
        (
            ["--output-stride", "32", "--max-layers", "3", "--target-rf", "20"],
            ["--max-layers", "--output-stride"],
            ["layers <= 5", "stride = 8"],
        ),
        (
            ["--target-rf", "427", *FIVE_3X3, "--max-layers", "5"],
            ["--max-layers", "--target-rf"],
            ["layers <= 7", "receptive field >= 121"],
        ),
        (
            [*ONE_WIDTH, "--max-params", "100k"],
            ["--target-rf", "--max-params"],
            ["receptive field >= 31", "parameters <= 300,864"],
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_nearest_relaxations(
    rfsolve: Call, arguments: list[str], conflict: list[str], changes: list[str]
) -> None:
    """The one minimal conflict, and each change that would do, which a second call confirms with its price."""
    done = ended(rfsolve(*arguments, "--json"), 3)
    document = json.loads(done.stdout)
    assert document["conflicts"] == [conflict]
    assert document["explained"]
    alone = [one for one in document["relaxations"] if len(one["changes"]) == 1]
    assert [one["nearest"] for one in alone] == changes
    for one in alone:
        option = arguments.index(one["name"])
        number = one["nearest"].split(" ")[-1].replace(",", "")
        relaxed = [*arguments[: option + 1], number, *arguments[option + 2 :]]
        assert json.loads(rfsolve(*relaxed, "--json").stdout)["objective"]["value"] == one["parameters"]


SHALLOW = ("--max-layers", "2", "--dilations", "1", "--strides", "1")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["p.toml", "--max-rf", "50"], "exit[0].receptive_field"),
        (["--target-rf", "40", "--max-rf", "50"], "--target-rf"),
    ],
)
def test_each_of_two_bounds_is_called_by_what_stated_it(rfsolve: Call, arguments: list[str], name: str) -> None:
    """The file or the option, whichever is in the way; the other bound is not named."""
    Path("p.toml").write_text("[[exit]]\nreceptive_field = { min = 40, max = 60 }\n", encoding="utf-8")
    document = json.loads(ended(rfsolve(*arguments, *SHALLOW, "--json"), 3).stdout)
    assert document["conflicts"] == [["--max-layers", name]]
    text = said(ended(rfsolve(*arguments, *SHALLOW), 3).stdout)
    assert f"--max-layers (layers <= 2); {name} (receptive field >= 40)" in text
    assert f"receptive field >= 13, in place of {name} (receptive field >= 40)" in text
    assert "--max-rf" not in text


def test_a_largest_field_is_called_by_its_option(rfsolve: Call) -> None:
    Path("p.toml").write_text("[[exit]]\nreceptive_field = { min = 4, max = 60 }\n", encoding="utf-8")
    text = said(ended(rfsolve("p.toml", "--max-rf", "10", "--min-layers", "20"), 3).stdout)
    assert "these cannot hold together: --min-layers (layers >= 20); --max-rf (receptive field <= 10)" in text


def test_the_reason_is_a_sentence_with_the_words_of_the_user(rfsolve: Call) -> None:
    text = said(ended(rfsolve("--target-rf", "5000", "--max-layers", "4"), 3).stdout)
    assert "these cannot hold together: --max-layers (layers <= 4); --target-rf (receptive field >= 5,000)" in text
    assert "would do layers <= 11, in place of --max-layers (layers <= 4): from 85,841,472 parameters" in text


def test_all_conflicts_are_named_and_changes_that_go_together(rfsolve: Call) -> None:
    text = said(ended(rfsolve("--target-rf", "500", "--output-stride", "6", "--max-layers", "2"), 3).stdout)
    assert "why --output-stride (stride = 6) cannot be met with the choices on offer" in text
    assert "and these cannot hold together: --max-layers (layers <= 2); --target-rf (receptive field >= 500)" in text
    assert "layers <= 5, in place of --max-layers (layers <= 2) and stride = 8, in place of --output-stride" in text


def five_levels(**changes: Any) -> Solution:
    table = without_notes(unet.table(depth=5, **changes))
    table["exit"][0]["receptive_field"] = {"max": 50}
    return solve(problem_from(table))


def test_a_unet_of_five_levels_does_not_fit_into_fifty_pixels() -> None:
    """A proof: the field is in every conflict, its nearest bound is 222, and what lies between is infeasible too.

    One 3x3 a level, the least there is: the pools add 31, the levels down 2 (1 + 2 + ... + 32), those up 2 (1 + ... +
    16), to 1; of this the largest window over the output pixels is 222.
    """
    solution = five_levels()
    assert solution.status is Status.INFEASIBLE
    assert solution.conflicts
    assert all("exit[0].receptive_field" in conflict.names for conflict in solution.conflicts)
    assert any(name.endswith(".layers") for name in solution.conflicts[0].names)
    first = solution.relaxations[0]
    assert (first.name, first.nearest) == ("exit[0].receptive_field", "receptive field <= 222")
    assert first.proven
    table = without_notes(unet.table(depth=5))
    for most, status in ((222, Status.OPTIMAL), (221, Status.INFEASIBLE)):
        table["exit"][0]["receptive_field"] = {"max": most}
        assert solve(problem_from(table), explain=False).status is status


def test_more_conflicts_than_are_shown_are_counted(rfsolve: Call, tmp_path: Path) -> None:
    """Six exits that each ask for what cannot be: four conflicts are shown, the others are in the JSON."""
    exits = [f'[[exit]]\nname = "e{i}"\nstride = {3 + 2 * i}\n' for i in range(6)]
    path = tmp_path / "six.toml"
    path.write_text("[guards]\nmax_output_stride = false\n" + "".join(exits), encoding="utf-8")
    text = said(ended(rfsolve(str(path)), 3).stdout)
    assert "more minimal conflicts (--json lists them)" in text


# what else ------------------------------------------------------------------------------------------------------------


def test_the_best_designs_are_a_table_and_a_list(rfsolve: Call) -> None:
    out = rfsolve("--target-rf", "60", "--output-stride", "8", "--top", "3").stdout
    assert "made of" in out
    assert "1     390,432  0.00 %       4     61       8  5x5, 3x3 s2 d4 x3" in out
    assert "the best 3 designs: no other is better than the last, proven" in out
    document = json.loads(rfsolve("--target-rf", "60", "--output-stride", "8", "--top", "3", "--json").stdout)
    assert [design["values"]["parameters"] for design in document["designs"]] == [390_432, 392_736, 392_736]
    assert document["designs"][0]["graph"] == document["design"]["graph"]
    assert document["listed"] == {
        "kind": "top", "asked": 3, "tolerance": None, "found": 3, "complete": True, "more": True,
    }  # fmt: skip


def test_all_that_are_as_good_are_counted(rfsolve: Call) -> None:
    out = rfsolve("--target-rf", "200", "--output-stride", "8", "--all-optimal").stdout
    assert "11 designs as good as the best: all, proven" in out


def test_designs_that_differ_say_how_far_they_are_apart(rfsolve: Call) -> None:
    arguments = ["--target-rf", "60", "--output-stride", "8", "--diverse", "3"]
    text = said(rfsolve(*arguments, "--tolerance", "10").stdout)
    assert "3 designs within 10 % of the best, each proven to differ as much as it can from those above it" in text
    document = json.loads(rfsolve(*arguments, "--json").stdout)
    assert [design["distance"] for design in document["designs"]] == [None, 10, 7]
    assert document["listed"]["tolerance"] == 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top", "0"], "'--top': 0 is out of range, expected 1 to 1,000"),
        (["--top", "1000000"], "'--top': 1000000 is out of range, expected 1 to 1,000"),
        (["--top", "ten"], "'--top': 'ten' is not a valid integer"),
        (["--diverse", "-1"], "'--diverse': -1 is out of range, expected 1 to 100"),
        (["--top", "3", "--diverse", "3"], "--top and --diverse exclude each other, expected one of them"),
        (["--top", "3", "--all-optimal"], "--top and --all-optimal exclude each other, expected one of them"),
        (["--tolerance", "5"], "--tolerance is about --diverse K, expected both or neither"),
        (["--diverse", "3", "--tolerance", "nan"], "'--tolerance': nan is out of range"),
        (
            ["--diverse", "3", "--maximise", "effective_receptive_field", "--max-params", "1M"],
            "--diverse keeps near the least cost, expected an objective that is minimised",
        ),
    ],
)
def test_wrong_numbers_are_one_line(refused: Callable[..., list[str]], arguments: list[str], message: str) -> None:
    (line,) = refused("--target-rf", "20", *arguments)
    assert message in line


def test_alternatives_of_an_infeasible_problem_are_an_explanation(rfsolve: Call) -> None:
    done = ended(rfsolve("--target-rf", "5000", "--max-layers", "4", "--top", "3", "--json"), 3)
    document = json.loads(done.stdout)
    assert (document["designs"], document["listed"]) == ([], None)
    assert document["conflicts"]


# at what price --------------------------------------------------------------------------------------------------------


def test_prices_are_a_table_and_a_list(rfsolve: Call) -> None:
    arguments = ["--target-rf", "100", "--output-stride", "8", "--max-layers", "8", "--explain"]
    out = rfsolve(*arguments).stdout
    assert "what holds" in out
    assert "parameters without it" in out
    prices = {one["name"]: one for one in json.loads(rfsolve(*arguments, "--json").stdout)["prices"]}
    assert prices["--max-layers"]["binds"] is False
    assert prices["--output-stride"]["step"] == "stride >= 4, stride <= 16"
    assert prices["defaults.dilations"] == {
        "name": "defaults.dilations", "asked": "defaults.dilations (1, 2, 4)", "step": "8 too", "binds": True,
        "further": 399_712, "saves": 30_144, "without": None,
    }  # fmt: skip
