"""What `rfsolve inspect` shows on request: taps, boxes, objects, CSV, two networks side by side."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rfsolve.formats.tap_names import MOST_LAYERS

Call = Callable[..., Result]

UNET = "3 3 2p 3 3 2p 3 3 2p 3 3 2,2t 3 3 2,2t 3 3 2,2t 3 3"


def said(result: Result) -> str:
    """What is printed, in one line with single blanks."""
    assert result.exit_code == 0, result.stderr
    return " ".join(result.stdout.split())


def document(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def first_column(result: Result) -> list[str]:
    """The names in the first table."""
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines[2:]]


def test_taps_by_name_and_pattern_in_the_order_asked(rfsolve: Call) -> None:
    assert first_column(rfsolve("inspect", UNET, "--taps", "20,3,1?")) == ["20", "3", *map(str, range(10, 20))]
    assert first_column(rfsolve("inspect", "3 3 3", "--taps", "all")) == ["input", "1", "2", "3"]
    assert first_column(rfsolve("inspect", "3 3 3", "--taps", "layers")) == ["1", "2", "3"]
    assert first_column(rfsolve("inspect", "3 3 3,2 3", "--taps", "stages")) == ["2", "4"]


def test_the_json_holds_the_taps_asked_for(rfsolve: Call) -> None:
    assert [tap["name"] for tap in document(rfsolve("inspect", UNET, "--json", "--taps", "9,2"))["taps"]] == ["9", "2"]
    assert len(document(rfsolve("inspect", UNET, "--json"))["taps"]) == 21


def test_a_long_network_is_shown_by_its_stages(rfsolve: Call) -> None:
    """And says so; --taps layers shows every layer."""
    words = " ".join(["3"] * (MOST_LAYERS - 2) + ["3,2", "3", "3"])
    assert first_column(rfsolve("inspect", words)) == [str(MOST_LAYERS - 2), str(MOST_LAYERS + 1)]
    text = said(rfsolve("inspect", words))
    assert f"where stages end, of {MOST_LAYERS + 2} taps; --taps layers or all shows the others" in text
    assert "unproductive-layer, critical-layer" in text
    assert "(--input-size)" in text
    assert len(first_column(rfsolve("inspect", words, "--taps", "layers"))) == MOST_LAYERS + 1


def test_stages_cost_what_it_costs_to_compute_them(rfsolve: Call) -> None:
    lines = rfsolve("inspect", "3:8 3:8 3,2:8", "--taps", "stages", "--input-size", "32").stdout.splitlines()
    assert lines[0].split()[-6:] == ["density", "shape", "total", "params", "total", "MACs"]
    assert lines[2].split()[-3:] == ["8x32x32", "648", "663,552"]
    assert lines[3].split()[-3:] == ["8x16x16", "1,224", "811,008"]


def test_the_map_from_output_to_input_is_exact(rfsolve: Call) -> None:
    """Output q * period + p reads phases[p] moved by q * advance: a U-Net's phases see 92 to 100 pixels."""
    tap = document(rfsolve("inspect", UNET, "--json"))["taps"][-1]
    relation = tap["map"][0]
    assert (relation["period"], relation["advance"]) == (8, 8)
    extents = {high - low + 1 for low, high in relation["phases"]}
    assert [min(extents), max(extents)] == tap["receptive_field"][0] == [92, 100]


def test_at_prints_the_box_that_an_output_reads(rfsolve: Call) -> None:
    text = said(rfsolve("inspect", "7,2 3,2p", "--input-size", "64", "--at", "0,15", "--taps", "2,1"))
    assert "2 0,15 -5..5 x 55..65 0..5 x 55..63" in text
    assert "1 0,15 -3..3 x 27..33 0..3 x 27..33" in text
    (box,) = document(rfsolve("inspect", "7,2 3,2p", "--input-size", "64", "--at", "0,15", "--json"))["at"]
    assert box == {
        "tap": "2",
        "input": "input",
        "output": [0, 15],
        "exists": True,
        "window": [[-5, 5], [55, 65]],
        "inside": [[0, 5], [55, 63]],
    }


def test_at_an_output_that_there_is_not(rfsolve: Call) -> None:
    """One of the taps shown has it; where none has, see the bad input."""
    text = said(rfsolve("inspect", "3 3,2", "--input-size", "8", "--at", "6", "--taps", "1,2"))
    assert "2 6,6 (there are 4x4) 10..14 x 10..14 nothing x nothing" in text


def test_at_of_a_global_tap(rfsolve: Call) -> None:
    graph = {
        "nodes": [
            {"id": "x", "op": "input", "channels": 3, "size": [32, 16]},
            {"id": "y", "op": "global_pool", "kind": "avg"},
        ],
        "edges": [{"source": "x", "target": "y", "key": 0}],
    }
    Path("g.json").write_text(json.dumps(graph))
    assert "y 0,0 global x global 0..31 x 0..15" in said(rfsolve("inspect", "g.json", "--at", "0,0"))


def test_objects(rfsolve: Call) -> None:
    """Fields 7, 11, 19 and ERFs 8.0, 10.3, 16.7 against 10: held by the field and by 4 sigma from the second on."""
    result = rfsolve("inspect", "7,2 3,2p 3", "--object-size", "10")
    rows = [line.split() for line in result.stdout.split("\n\n")[1].splitlines()[2:]]
    assert rows == [
        ["1", "7", "no", "8.0", "no", "5"],
        ["2", "11", "yes", "10.3", "yes", "2.5"],
        ["3", "19", "yes", "16.7", "yes", "2.5"],
    ]
    found = document(rfsolve("inspect", "7,2 3,2p 3", "--object-size", "10x18", "--json"))
    assert found["object_size"] == [10, 18]
    assert found["taps"][-1]["object"] == {"contained": True, "effective": False, "cells": [2.5, 4.5]}


def test_tiles_and_the_smallest_input(rfsolve: Call) -> None:
    text = said(rfsolve("inspect", UNET))
    assert "tiles overlap 96 px on a grid of 8; an input of 94 px holds one whole field" in text
    tap = document(rfsolve("inspect", UNET, "--json"))["taps"][-1]
    assert tap["tiles"] == {"grid": [8, 8], "left": [46, 46], "right": [46, 46], "overlap": [96, 96]}
    assert tap["smallest_input"] == [94, 94]


def test_csv_has_a_row_for_each_tap_input_and_axis(rfsolve: Call) -> None:
    result = rfsolve("inspect", "1x7 3,2", "--csv", "--input-size", "16x32")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["tap"], row["axis"], row["field_min"], row["size"]) for row in rows] == [
        ("input", "0", "1", "16"),
        ("input", "1", "1", "32"),
        ("1", "0", "1", "16"),
        ("1", "1", "7", "32"),
        ("2", "0", "3", "8"),
        ("2", "1", "9", "16"),
    ]
    assert rows[-1]["total_parameters"] == "16"
    assert "object_cells" in rfsolve("inspect", "3", "--csv", "--object-size", "9").stdout.splitlines()[0]


def test_csv_of_names_with_commas(rfsolve: Call) -> None:
    graph = {"nodes": [{"id": 'a,"b"\n', "op": "input", "channels": 3, "size": [8]}], "edges": []}
    Path("g.json").write_text(json.dumps(graph))
    (row,) = csv.DictReader(io.StringIO(rfsolve("inspect", "g.json", "--csv").stdout))
    assert row["tap"] == 'a,"b"\\n'  # one line for each row, whatever a name holds


def test_two_networks_side_by_side(rfsolve: Call) -> None:
    text = said(rfsolve("inspect", "--compare", "3:4 3,2:4", "5:4 3,2:4", "--input-size", "16"))
    assert "1 3 -> 5 1 3.3 -> 5.7 36 -> 100 (+177.8%) 9,216 -> 25,600 (+177.8%)" in text
    assert "parameters 180 -> 244 (+35.6%)" in text
    found = document(rfsolve("inspect", "3 3", "--compare", "5 3 3", "--json"))
    assert found["schema"] == "rfsolve.comparison/1"
    assert found["models"] == ["3 3", "5 3 3"]
    assert [tap["name"] for tap in found["taps"]] == ["1", "2", "2 | 3"]
    assert found["taps"][0]["receptive_field"] == [[[3, 3], [3, 3]], [[5, 5], [5, 5]]]
    assert found["only"] == [[], ["3"]]
    assert found["macs"] == [None, None]


def test_the_same_network_twice_has_no_differences(rfsolve: Call) -> None:
    assert "->" not in rfsolve("inspect", "--compare", UNET, UNET, "--input-size", "64").stdout


def test_metrics_say_how_well_they_are_known(rfsolve: Call) -> None:
    """Never a field of 1 in silence: behind an unknown operation all is unavailable, with its node and operator."""
    graph = {
        "nodes": [
            {"id": "x", "op": "input", "channels": 3, "size": [32]},
            {"id": "sort", "op": "unknown", "name": "NonMaxSuppression"},
            {"id": "c", "op": "conv", "in_channels": 3, "out_channels": 3, "kernel": [3]},
        ],
        "edges": [{"source": "x", "target": "sort", "key": 0}, {"source": "sort", "target": "c", "key": 0}],
    }
    Path("g.json").write_text(json.dumps(graph))
    found = document(rfsolve("inspect", "g.json", "--json"))
    tap = found["taps"][-1]
    assert tap["receptive_field"] == [None]
    assert set(tap["metrics"].values()) == {"unavailable"}
    assert all("'sort' (NonMaxSuppression)" in reason for reason in tap["reasons"].values())
    assert "output c sees what is not known: 'sort' (NonMaxSuppression)" in said(rfsolve("inspect", "g.json"))
    assert set(document(rfsolve("inspect", "3", "--json", "--input-size", "9"))["taps"][-1]["metrics"].values()) == {
        "complete"
    }


def test_the_first_gridding_layer_is_named(rfsolve: Call) -> None:
    found = document(rfsolve("inspect", "3 3,1,4 3", "--json"))
    assert [tap["gridding"] for tap in found["taps"]] == [None, None, "2", None]
    found = document(rfsolve("inspect", "3,1,2 3,1,2 3,1,2", "--json"))
    assert [tap["gridding"] for tap in found["taps"]] == [None, "1", "1", "1"]
    (lint,) = found["lints"]
    assert (lint["code"], lint["tap"], lint["taps"], lint["severity"]) == ("gridding", "1", ["1"], "warning")


@pytest.mark.parametrize("size", [(), ("--input-size", "40")])
def test_a_layer_list_with_semicolons(rfsolve: Call, size: tuple[str, ...]) -> None:
    text = said(rfsolve("inspect", "7,2,1,SAME;3,2,SAME;3,1", *size))
    assert "3 sees 19 px, stride 4" in text
    assert ("same-padding-assumed" in text) == (not size)
