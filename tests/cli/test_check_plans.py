"""`rfsolve check plans.json`: a plan of nnU-Net, held against masks where there are any."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from tests.propose.test_nnunet import PLAN

Call = Callable[..., Result]


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    file = tmp_path / "plans.json"
    file.write_text(json.dumps(PLAN), encoding="utf-8")
    return file


def _masks(folder: Path, *, deep: int) -> None:
    """One volume of 5 x 1.5625 x 1.5625 mm with a lesion of so many slices; NIfTI has its axes the other way round."""
    nibabel = pytest.importorskip("nibabel")
    folder.mkdir()
    volume = np.zeros((60, 50, 140), dtype=np.uint8)
    volume[10:40, 10:40, 5 : 5 + deep] = 1
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1.5625, 1.5625, 5.0, 1.0])), folder / "case.nii.gz")


def test_a_plan_as_it_was_planned_holds(rfsolve: Call, plans: Path) -> None:
    result = rfsolve("check", str(plans))
    assert result.exit_code == 0, result.stdout
    assert "nothing to object to" in result.stdout


@pytest.mark.parametrize(("deep", "code"), [(99, 0), (100, 5)])
def test_lesions_are_held_against_its_field_in_millimetres(
    rfsolve: Call, plans: Path, tmp_path: Path, deep: int, code: int
) -> None:
    """99 slices fit into the field of 99, and not into the patch of 20; 100 fit into neither."""
    _masks(tmp_path / "masks", deep=deep)
    result = rfsolve("check", str(plans), "--lesions", "masks", "--json")
    found = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    assert ("lesion-field" in found) is (code == 5)
    assert "lesion-patch" in found
    assert result.exit_code == 5


@pytest.mark.parametrize(("patch", "code"), [(20, 0), (18, 5)])
def test_a_small_lesion_is_seen_and_said(rfsolve: Call, plans: Path, tmp_path: Path, patch: int, code: int) -> None:
    """Of a patch that the strides do not divide too."""
    plans.write_text(plans.read_text(encoding="utf-8").replace("[20, 256", f"[{patch}, 256"), encoding="utf-8")
    _masks(tmp_path / "masks", deep=10)
    result = rfsolve("check", str(plans), "--lesions", "masks", "--json")
    assert result.exit_code == code
    document = json.loads(result.stdout)
    assert document["lesions"] == {"count": 1, "mm": {q: [50.0, 46.875, 46.875] for q in ("50", "95", "100")}}
    (text,) = (
        one["text"] for one in document["findings"] if (one["configuration"], one["code"]) == ("3d_fullres", "lesions")
    )
    assert text == (
        "1 lesions were read, in voxels of the plan: 50% span up to 10x30x30, 95% span up to 10x30x30, 100% span up "
        "to 10x30x30; 100% fit into the bottleneck's field of 55x191x191, 100% into the output's of 99x287x287"
    )
    assert "1 lesions were read" in rfsolve("check", str(plans), "--lesions", "masks").stdout


def test_lesions_are_for_plans(refused: Callable[..., list[str]], plans: Path, tmp_path: Path) -> None:
    (tmp_path / "design.json").write_text('{"design": null}', encoding="utf-8")
    assert "no plan of nnU-Net" in refused("check", "design.json", "--lesions", "masks")[0]
    assert "masks" in refused("check", str(plans), "--lesions", "masks")[0]


def test_a_plan_of_another_kind_is_one_line(refused: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"plans_name": 1, "configurations": {}}', encoding="utf-8")
    assert refused("check", "p.json") == ["p.json: configurations: expected a table with at least one"]
