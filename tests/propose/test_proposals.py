"""Proposals: what they must show, that they are proven, that plans give them again, and that their coverage is true."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rfsolve
from rfsolve.analysis import analyse
from rfsolve.errors import InputError
from rfsolve.graph import costs
from rfsolve.propose.annotations.annotations import Unit
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import levels
from rfsolve.propose.plan import plan_toml
from rfsolve.propose.presets import preset
from rfsolve.propose.proposals import Place, Proposals
from rfsolve.propose.request import Request
from rfsolve.propose.tasks import proposed
from rfsolve.report.proposal_json import proposals_document
from rfsolve.report.proposal_page import proposals_text
from rfsolve.search.solution import Status
from rfsolve.search.solve import solve
from rfsolve.space import families
from rfsolve.space.reading import load_problem

PATIENT = 60.0
"""Seconds for all searches, so that a busy machine changes no result."""
RNG = np.random.default_rng(7)
OBJECTS = {
    "detection": Fingerprint.of_sizes(np.exp(RNG.normal(3.2, 0.5, 400)), image_size=(320, 320)),
    "segmentation": Fingerprint.of_sizes(np.exp(RNG.normal(4, 0.4, (400, 2))), image_size=(256, 320)),
    "sequence": Fingerprint.of_sizes(np.exp(RNG.normal(7, 0.4, 400)), axes=1, unit=Unit.SAMPLES),
    "volume": Fingerprint.of_sizes(
        np.exp(RNG.normal(3, 0.3, (400, 1))) / np.array([[5, 1.5625, 1.5625]]),
        unit=Unit.VOXELS,
        spacing=(5, 1.5625, 1.5625),
        image_size=(18, 237, 208),
    ),
}


@pytest.fixture(scope="module", params=sorted(OBJECTS))
def found(request: pytest.FixtureRequest) -> Proposals:
    """The proposals of each task for the objects above."""
    return proposed(request.param, OBJECTS[request.param], Request(seconds=PATIENT))


def test_proposals_are_proven_and_each_asks_more_for_more(found: Proposals) -> None:
    assert found.proposals
    assert found.proposals[0].place is Place.CHEAPEST
    assert all(one.proven for one in found.proposals)
    prices = [(one.design.parameters, one.design.macs or 0) for one in found.proposals]
    assert prices == sorted(prices)
    assert len(set(prices)) == len(prices)


def test_a_plan_gives_the_proposal_again(found: Proposals, tmp_path: Path) -> None:
    """The same status, parameters and layers, from the file alone."""
    for proposal in found.proposals:
        file = tmp_path / f"{proposal.place}.toml"
        file.write_text(plan_toml(found, proposal), encoding="utf-8")
        again = solve(load_problem(file), explain=False)
        assert again.design is not None
        assert again.status is proposal.solution.status is Status.OPTIMAL
        assert again.design.layers == proposal.design.layers


def test_coverage_is_that_of_the_graph(found: Proposals) -> None:
    """Fields in the table are those of a fresh analysis of the design's graph, and every aim is met."""
    for proposal in found.proposals:
        taps = analyse(proposal.design.graph).taps
        for aim, row in zip(found.aims, proposal.coverage, strict=True):
            tap = taps[proposal.design.ends[aim.exit]]
            assert row.receptive_field == tuple(field[0] for field in tap.receptive_field if field)
            assert all(field >= asked for field, asked in zip(row.receptive_field, aim.receptive_field, strict=True))
            assert row.contained >= 0.98
        assert sum(proposal.parts.values()) == proposal.design.parameters == costs.parameters(proposal.design.graph)


def test_the_effective_field_holds_what_is_said(found: Proposals) -> None:
    """Where a proposal's words name a part of the objects, 4 sigma holds at least that part of each level's."""
    for proposal in found.proposals:
        for words, part in (("50%", 0.5), ("75%", 0.75), ("90%", 0.9), ("every object", 1.0)):
            if f"hold {words}" in proposal.words and found.task == "detection":
                assert all(row.effective >= part for row in proposal.coverage)


def test_every_page_and_document_is_whole(found: Proposals) -> None:
    printed = rfsolve.DesignProposals(**{name: getattr(found, name) for name in found.__dataclass_fields__})
    assert str(found.proposals[0].design.parameters // 1000) in repr(printed).replace(",", "")
    document = printed.to_dict()
    assert document["schema"] == "rfsolve.proposal/1"
    assert len(document["baselines"]) == len(found.baselines) > 0
    assert printed.plan().startswith("# Proposal 'cheapest'")


def test_a_place_without_a_proposal_has_a_reason(found: Proposals) -> None:
    reasons = [note for note in found.notes if note.startswith("no balanced")]
    places = [one.place for one in found.proposals]
    assert len(reasons) == (Place.BALANCED not in places)
    assert all(("no best" in reason) is (Place.BEST not in places) for reason in reasons)


def test_baselines_say_how_many_times_the_parameters_and_the_macs_they_are(found: Proposals) -> None:
    page = " ".join(proposals_text(found, 120).plain.split())
    cheapest = found["cheapest"].design
    for one in found.baselines:
        words = f"{one.parameters / cheapest.parameters:.3g} x the parameters"
        if one.macs is not None and cheapest.macs is not None:
            words += f", {one.macs / cheapest.macs:.3g} x the MACs"
        assert f"{words} of the cheapest" in page


def test_one_number_is_the_size_of_a_square_image_and_a_place_that_is_not_there_is_named() -> None:
    found = rfsolve.propose([52.0], image_size=640, baselines=())
    assert found.fingerprint.input_size == (640, 640)
    there = ", ".join(one.place for one in found.proposals)
    with pytest.raises(InputError) as refusal:
        found["nope"]
    assert str(refusal.value) == f"place 'nope': no proposal there, expected one of {there}"
    with pytest.raises(KeyError):
        found.plan("nope")


def test_a_policy_that_returns_no_need_is_one_line() -> None:
    wrong: Any = lambda size: 2 * size  # noqa: E731 - a user's
    with pytest.raises(InputError, match=r"^policy '<lambda>': returns 104.0 for 52 px, expected a Need$"):
        rfsolve.propose([52.0], image_size=640, baselines=(), policy=wrong)


# what must be shown ----------------------------------------------------------------------------------------------


def test_lffd_comes_out_of_its_face_bands() -> None:
    """Its eight levels' fields and strides, and a trunk of the 740,096 parameters that are proven minimal."""
    found = proposed(
        "detection", preset("wider-face"), Request(norm="none", seconds=PATIENT, baselines=()), policy="lffd"
    )
    assert [aim.receptive_field[0] for aim in found.aims] == [55, 71, 111, 143, 223, 383, 511, 639]
    assert [aim.stride for aim in found.aims] == [4, 4, 8, 8, 16, 32, 32, 32]
    cheapest = found["cheapest"]
    assert cheapest.proven
    assert cheapest.parts["trunk"] == 740_096
    strides = [int(one.stride[0]) for one in cheapest.design.exits]
    assert strides == [4, 4, 8, 8, 16, 32, 32, 32]


def test_a_defect_of_52_pixels_needs_one_level_and_the_rest_adds_parameters() -> None:
    """What each other level of FCOS would add is what the problem with that level costs more, solved anew."""
    defect = Fingerprint.of_sizes([52.0], image_size=(640, 640))
    found = proposed("detection", defect, Request(baselines=(), seconds=PATIENT), assignment="fcos")
    assert [aim.name for aim in found.aims] == ["P3"]
    assert [level.level for level in found.spare] == ["P4", "P5", "P6", "P7"]
    assert all(level.proven and level.parameters and level.parameters > 0 for level in found.spare)
    both = families.heads.table(scales=[(52, 8), (256, 16)], names=["a", "b"], fewest=0, dilations=(1, 2, 3))
    both["stack"][0].pop("#")
    design = solve(rfsolve.problem_from(both), explain=False).design
    assert design is not None
    assert found.spare[0].parameters == design.parameters - found["cheapest"].design.parameters


def test_objects_too_few_for_a_level_are_counted_where_they_are_served() -> None:
    """Three of a hundred are large enough for stride 16, one for 32: too few for a level, and they stay on s8."""
    objects = Fingerprint.of_sizes([*[24.0] * 96, 50.0, 60.0, 70.0, 100.0], image_size=(256, 256))
    found = proposed("detection", objects, Request(baselines=(), seconds=PATIENT))
    assert [aim.name for aim in found.aims] == ["s8"]
    rows = {level.level: (level.count, level.served_by) for level in found.spare}
    assert rows == {"s4": (0, ()), "s16": (3, ("s8",)), "s32": (1, ("s8",)), "s64": (0, ()), "s128": (0, ())}
    text = proposals_text(found, 120).plain
    assert "3 objects, now on s8" in text
    assert "1 object, now on s8" in text
    written = {
        row["level"]: (row["count"], list(row["served_by"])) for row in proposals_document(found)["spare_levels"]
    }
    assert written["s16"] == (3, ["s8"])


def test_objects_too_small_for_the_finest_level_are_counted_as_not_served() -> None:
    objects = Fingerprint.of_sizes([*[24.0] * 97, 11.0, 12.0, 13.0], image_size=(256, 256))
    found = proposed("detection", objects, Request(baselines=(), seconds=PATIENT))
    finest = found.spare[0]
    assert (finest.level, finest.count, finest.served_by) == ("s4", 3, ())
    assert "3 objects, not served" in proposals_text(found, 120).plain


def test_drones_are_served_at_a_stride_of_4_or_finer() -> None:
    """The level of the mean object; a pyramid from P3 on has one cell for it, ResNet-50-FPN a field of 20 times it."""
    request = Request(baselines=("resnet50-fpn", "retinanet-resnet50"), seconds=PATIENT)
    found = proposed("detection", preset("ai-tod"), request)
    serving = [aim for aim in found.aims if aim.long.min() <= 12.8 < aim.long.max()]
    assert max(aim.stride for aim in serving) <= 4
    at = found.aims.index(serving[0])
    pyramid, retina = found.baselines
    assert retina.coverage[at].verdict == "too coarse"
    assert pyramid.coverage[at].times is not None
    assert pyramid.coverage[at].times > 20


def test_pools_and_kernels_are_nnunets_where_the_rule_is_the_same() -> None:
    found = proposed("volume", OBJECTS["volume"], Request(seconds=PATIENT))
    facts = dict(found.facts)
    assert facts["pools"].startswith("2, 5, 5")
    assert facts["kernels"].startswith("1x3x3 3x3x3")
    assert facts["patch"].startswith("20x256x224")
    pools = [layer.choice.stride for layer in found["cheapest"].design.layers if layer.stack.startswith("down")]
    assert pools == [(1, 2, 2), (2, 2, 2), (2, 2, 2), (1, 2, 2), (1, 2, 2)]
    assert found.baselines[0].coverage[0].receptive_field[0] == 99


def test_each_proposal_takes_less_than_ten_seconds() -> None:
    for task, objects in OBJECTS.items():
        started = time.process_time()
        proposed(task, objects, Request())
        assert time.process_time() - started < 10


# rates, latency, necks, budgets ----------------------------------------------------------------------------------


def test_a_branch_sees_the_objects_of_its_band_by_itself() -> None:
    found = proposed("segmentation", OBJECTS["segmentation"], Request(seconds=PATIENT, head="aspp"))
    rates = [layer for layer in found["cheapest"].design.layers if layer.stack.startswith("rate")]
    assert len(rates) == len(found.aims) == 3
    dilations = [layer.choice.dilation[0] for layer in rates]
    assert dilations == sorted(set(dilations))


@pytest.mark.parametrize("count", [1, 2])
def test_few_objects_have_as_many_branches_as_bands(count: int) -> None:
    found = proposed("segmentation", Fingerprint.of_sizes([40, 80][:count]), Request(seconds=PATIENT, head="aspp"))
    rates = [layer for layer in found["cheapest"].design.layers if layer.stack.startswith("rate")]
    assert len(rates) == len(found.aims) == count


def test_an_input_of_64_million_pixels_counts_no_macs_in_the_solver() -> None:
    sizes = Fingerprint.of_sizes([4000, 5000], image_size=(8000, 8000))
    found = proposed("detection", sizes, Request(seconds=PATIENT, baselines=()))
    assert found["cheapest"].proven
    assert len(found["cheapest"].problem.objectives) == 1


@pytest.mark.parametrize("centred", [False, True])
def test_latency_is_what_is_read_of_the_future(*, centred: bool) -> None:
    """Causal: none. Centred: the right half of the field, less what the output's own sample is."""
    found = proposed("sequence", OBJECTS["sequence"], Request(seconds=PATIENT, centred=centred, stride=8))
    design = found["cheapest"].design
    window = analyse(design.graph).outputs[0].windows[0]
    assert window is not None
    ahead = window.at(0)[1]
    assert (ahead > 0) is centred
    assert found["cheapest"].facts[0][1].startswith(f"{max(0, ahead):,} sample")


def test_a_pyramid_has_an_exit_for_each_level_and_pads_what_it_halves() -> None:
    sizes = Fingerprint.of_sizes([24, 30, 50, 90, 160], image_size=(330, 500))
    found = proposed("detection", sizes, Request(neck="fpn", seconds=PATIENT, baselines=()))
    exits = {one.name: int(one.stride[0]) for one in found["cheapest"].design.exits}
    assert exits == {aim.exit: aim.stride for aim in found.aims}
    assert any("is padded to" in note for note in found.notes)


def test_without_a_design_the_answer_is_the_refusal() -> None:
    found = proposed("detection", OBJECTS["detection"], Request(parameters=5_000, baselines=(), seconds=PATIENT))
    assert not found.proposals
    assert found.refusal is not None
    assert found.refusal.status is Status.INFEASIBLE
    assert any("parameters" in one.nearest for one in found.refusal.relaxations)


def test_a_stride_that_is_asked_for_is_kept() -> None:
    """2 is fine enough for an encoder and a decoder, whose stride is 1; asked for, it is the output's."""
    found = proposed("segmentation", Fingerprint.of_sizes([9.0, 9.0]), Request(stride=2, baselines=(), seconds=PATIENT))
    assert {one.stride[0] for one in found["cheapest"].design.exits} == {2}


@pytest.mark.parametrize(
    ("task", "options"),
    [("segmentation", {"neck": "fpn"}), ("detection", {"stride": 2}), ("sequence", {"patch": (8,)})],
)
def test_an_option_of_another_task_is_refused(task: str, options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"^{name}: an option of .*, expected none for {task}$"):
        proposed(task, OBJECTS[task], Request(**options))  # type: ignore[arg-type]


def test_a_policy_for_a_task_without_levels_is_refused() -> None:
    with pytest.raises(InputError, match=r"^assignment: an option of detection, expected none for segmentation$"):
        proposed("segmentation", OBJECTS["segmentation"], Request(), assignment="fpn")


@pytest.mark.parametrize("framework", ["torchvision", "mmdetection", "yolo", "fcos"])
def test_anchors_have_a_row_for_each_level(framework: str) -> None:
    found = proposed("detection", OBJECTS["detection"], Request(framework=framework, baselines=(), seconds=PATIENT))
    count = len(found.aims)
    rows = found.conventions
    match framework:
        case "torchvision":
            (only,) = rows.values()
            assert len(only["sizes"]) == len(only["aspect_ratios"]) == count  # type: ignore[index]
        case "mmdetection":
            generator = rows["anchor_generator"]
            assert len(generator["base_sizes"]) == len(generator["strides"]) == count  # type: ignore[index]
        case "yolo":
            assert len(rows["anchors"]) == len(rows["stride"]) == count  # type: ignore[arg-type]
        case _:
            ranges = rows["regress_ranges"]
            assert [low for low, _ in ranges[1:]] == [high for _, high in ranges[:-1]]  # type: ignore[index, misc]


@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        ("detection", {"neck": "bifpn"}, "expected one of trunk, fpn"),
        ("detection", {"framework": "keras"}, "expected one of torchvision"),
        ("segmentation", {"head": "fcn"}, "expected one of aspp, unet"),
        ("detection", {"baselines": ("vgg",)}, "no baseline"),
        ("volume", {}, "expected 3 for volume"),
        ("tracking", {}, "expected one of detection"),
    ],
)
def test_what_makes_no_sense_is_refused(task: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        proposed(task, OBJECTS["detection"], Request(**options))  # type: ignore[arg-type]


def test_the_package_is_the_function_too() -> None:
    """`rfsolve.propose` is a package and can be called, whichever of both was met first."""
    found = rfsolve.propose([52.0, 60.0], image_size=(640, 640), baselines=())
    assert isinstance(found, rfsolve.DesignProposals)
    assert "cheapest: " in repr(found)
    assert levels(Fingerprint.of_sizes([52.0]))[0].stride == 16
