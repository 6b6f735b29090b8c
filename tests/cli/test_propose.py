"""`rfsolve propose`: files, JSON, exit codes and refusals."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]
DEFECT = ("propose", "detection", "--sizes", "52", "--image-size", "640", "--baselines", "none")


def test_a_folder_holds_a_plan_and_a_design_for_each_proposal(rfsolve: Call, tmp_path: Path) -> None:
    """The plan solves to the proposal, the design can be inspected, and nothing is overwritten unasked."""
    assert rfsolve(*DEFECT, "--out", "found").exit_code == 0
    document = json.loads((tmp_path / "found" / "proposals.json").read_text(encoding="utf-8"))
    assert document["schema"] == "rfsolve.proposal/1"
    for proposal in document["proposals"]:
        solved = rfsolve(f"found/{proposal['place']}.toml", "--json")
        assert json.loads(solved.stdout)["design"]["parameters"] == proposal["parameters"]
        assert rfsolve("inspect", f"found/{proposal['place']}.json").exit_code == 0
    again = rfsolve(*DEFECT, "--out", "found")
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert rfsolve(*DEFECT, "--out", "found", "--force").exit_code == 0
    assert not list((tmp_path / "found").glob("*.part"))


def test_json_is_one_document_and_nothing_else(rfsolve: Call) -> None:
    document = json.loads(rfsolve(*DEFECT, "--json").stdout)
    assert document["task"] == "detection"
    assert document["proposals"][0]["coverage"][0]["verdict"] == "seen"
    assert document["levels"][0]["receptive_field"] == [52, 52]


def test_a_budget_that_is_too_small_is_proven_so(rfsolve: Call) -> None:
    result = rfsolve(*DEFECT, "--max-params", "10k")
    assert result.exit_code == 3
    assert "proven infeasible" in result.stdout


def test_no_time_is_no_design(rfsolve: Call) -> None:
    assert rfsolve(*DEFECT, "--time-limit", "1e-9").exit_code in {0, 4}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("detection",), "nothing to propose for"),
        (("detection", "--sizes", "5x"), "--sizes 5x"),
        (("detection", "--sizes", "-5"), "positive"),
        (("volume", "--sizes", "5x5"), "--sizes 5x5"),
        (("volume", "--sizes", "5"), "--spacing"),
        (("volume", "--sizes", "5", "--spacing", "1x2"), "--spacing 1x2"),
        (("volume", "--sizes", "5", "--spacing", "1x2x2"), "--input-size"),
        (("detection", "--sizes", "5", "coco"), "no annotations"),
        (("detection", "--sizes", "5", "--format", "coco"), "--sizes: expected no --format"),
        (("detection", "--sizes", "5", "--masks", "classes"), "--sizes: expected no --masks"),
        (("volume", "--sizes", "5", "--patch", "64", "--input-size", "96"), "--patch: expected no --input-size"),
        (("detection", "--sizes", "5", "--max-params", "lots"), "--max-params lots"),
        (("detection", "--sizes", "5", "--widths", "wide"), "--widths wide"),
        (("detection", "--sizes", "5", "--dilations", "0"), "--dilations 0"),
        (("detection", "--sizes", "5", "--policy", "mine"), "unknown policy 'mine'"),
        (("detection", "--sizes", "5", "--norm", "middle"), "norm"),
        (("tracking", "--sizes", "5"), "tracking"),
        (("detection", "--sizes", "5", "--stride", "0"), "--stride 0"),
        (("sequence", "coco"), "expected 1 for sequence"),
        (("detection", "--sizes", "5", "--stride", "2"), "--stride 2: an option of segmentation and sequence"),
        (("detection", "--sizes", "5", "--memory-gb", "8"), "--memory-gb 8.0: an option of volume"),
        (
            ("sequence", "--sizes", "5", "--neck", "trunk"),
            "--neck trunk: an option of detection, expected none for seq",
        ),
        (("volume", "--sizes", "5", "--centred"), "--centred: an option of sequence, expected none for volume"),
        (("volume", "--sizes", "5", "--cells", "3"), "--cells 3.0: an option of detection and segmentation"),
        (("segmentation", "--sizes", "50", "--policy", "erf"), "--policy erf: an option of detection"),
        (("segmentation", "--sizes", "50", "--head", "unet", "--stride", "8"), "stride 8: an encoder and a decoder"),
        (
            ("segmentation", "--sizes", "50", "--head", "aspp", "--stride", "3"),
            "expected a power of two, such as 2 or 4",
        ),
        (("segmentation", "--sizes", "50", "--head", "aspp", "--stride", "1"), "expected --head unet or --stride 2, 4"),
        (("segmentation", "--sizes", "3x50", "--head", "aspp"), "the output's is 1 (by the thinnest objects)"),
        (("sequence", "--sizes", "500", "--stride", "6"), "expected a power of two, such as 4 or 8"),
    ],
)
def test_what_makes_no_sense_is_one_line_each(
    refused: Callable[..., list[str]], words: tuple[str, ...], text: str
) -> None:
    assert any(text in line for line in refused("propose", *words))
