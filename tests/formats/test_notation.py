"""Layer lists typed by hand."""

from typing import Any

import pytest

from rfsolve.analysis import Tap, analyse
from rfsolve.errors import GraphError, InputError
from rfsolve.formats.notation import parse_layers
from rfsolve.graph import Pool, PoolKind, costs
from rfsolve.search.solve import solve
from rfsolve.space.blocks import Choice, padding
from rfsolve.space.reading import problem_from


def last(text: str, **more: Any) -> Tap:
    graph = parse_layers(text, **more)
    (tap,) = analyse(graph).outputs
    return tap


@pytest.mark.parametrize(
    ("text", "field", "stride"),
    [
        ("3 3 3", 7, 1),
        ("7", 7, 1),
        ("7,2 3,2p 3x3 3,1,2", 35, 4),
        ("3,2 3,2 3", 15, 4),
        ("2,2p 3", 6, 2),
        ("2p 3", 6, 2),
        ("3p", 3, 3),
        ("3,1p", 3, 1),
        ("3 3 2p", 6, 2),
        ("3 3 2p 3 3 2p", 16, 4),
        ("1,1,9", 1, 1),
    ],
)
def test_fields(text: str, field: int, stride: int) -> None:
    tap = last(text)
    assert tap.receptive_field == ((field, field),) * 2
    assert tap.stride == (stride, stride)


def test_a_pool_without_a_stride_has_its_kernels() -> None:
    """As in PyTorch, and on each axis its own."""
    assert last("2x3p").stride == (2, 3)


def test_weights_of_one_channel() -> None:
    assert costs.parameters(parse_layers("3 3 3")) == 27
    assert costs.parameters(parse_layers("7")) == 49


def test_channels() -> None:
    graph = parse_layers("3:16 2,2p 3 1:8", in_channels=3)
    assert costs.parameters(graph) == 9 * 3 * 16 + 9 * 16 * 16 + 16 * 8


def test_axes_are_told_from_the_words() -> None:
    assert last("1x7 7x1 3").receptive_field == ((9, 9), (9, 9))
    assert last("3 1x3x3").receptive_field == ((3, 3), (5, 5), (5, 5))
    assert len(last("3").receptive_field) == 2
    assert len(last("3", axes=1).receptive_field) == 1
    assert last("3", input_size=(8, 9, 10)).shape.size == (8, 9, 10)
    assert last("3", input_size=(8,)).shape.size == (8, 8)
    assert last("5,1x2").stride == (1, 2)


@pytest.mark.parametrize(
    "word", ["3", "4", "3,2", "4,2", "2,2p", "3,2p", "5,1,3", "2,2t", "3,2t", "4,2t", "5,1,2t", "2,3t"]
)
def test_same_and_causal_keep_the_size(word: str) -> None:
    """Divided by the stride rounded up, or multiplied by it."""
    stride = int(word.rstrip("pt").split(",")[1]) if "," in word else 1
    for size in (12, 13):
        wanted = size * stride if word.endswith("t") else -(-size // stride)
        for rule in ("same", "causal"):
            assert last(word, axes=1, input_size=(size,), rule=rule).shape.size == (wanted,)


def test_causal_sees_nothing_ahead() -> None:
    for word in ("3", "3,1,4", "2,2t", "3,2t", "4,2t"):
        (window,) = last(word, axes=1, rule="causal").windows
        step = 2 if word.endswith("t") else 1
        assert all(window.at(i) is None or window.at(i)[1] <= i // step for i in range(8))


def test_valid_pads_nothing() -> None:
    assert last("3 3", input_size=(8,), rule="valid").shape.size == (4, 4)
    assert last("4,2t", axes=1, input_size=(8,), rule="valid").shape.size == (18,)
    with pytest.raises(GraphError, match="layer '2': the kernel is larger"):
        parse_layers("3 9", input_size=(8,), rule="valid")


def test_nodes_are_named_by_number() -> None:
    assert parse_layers("3 3").nodes == ("input", "1", "2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3 3,x", r"word 2 '3,x': expected kernel\[,stride\[,dilation\]\]"),
        ("3,1,1,1", r"word 1 '3,1,1,1': expected kernel"),
        ("3pt", r"word 1 '3pt': expected"),
        ("-3", r"word 1 '-3': expected"),
        ("3x3x3x3", r"word 1 '3x3x3x3': expected"),
        ("0", r"word 1 '0': 0 is out of range, expected 1 to 65,535"),
        ("3 3,99999", r"word 2 '3,99999': 99999 is out of range"),
        ("3:0", r"word 1 '3:0': 0 is out of range"),
        ("2p:64", r"word 1 '2p:64': a pool keeps its channels, expected no ':64'"),
        ("1x7 3x3x3", r"word 2 '3x3x3': 3 axes, expected 2"),
        ("", r"no layers; expected kernel"),
        ("3 " * 10_001, r"10,001 words, expected at most 10,000"),
        ("٣", r"word 1 '٣': expected"),
    ],
)
def test_mistakes_name_the_word(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_layers(text)


def test_a_size_of_other_axes() -> None:
    with pytest.raises(InputError, match="input size 3x4x5 has 3 axes, expected 2"):
        parse_layers("3x3", input_size=(3, 4, 5))


def test_a_jump_beyond_all_bounds_is_still_exact() -> None:
    """200 strided layers: integers have no limit, and no array is made."""
    tap = last("3,2 " * 200, axes=1)
    assert tap.stride == (2**200,)
    assert tap.receptive_field == ((2**201 - 1,) * 2,)
    assert tap.density == (None,)


@pytest.mark.parametrize("rule", ["same", "valid", "causal"])
@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("2,2p", Choice((2, 2), (2, 2), (1, 1))),
        ("3p", Choice((3, 3), (3, 3), (1, 1))),
        ("3,2p", Choice((3, 3), (2, 2), (1, 1))),
        ("2x3,2p", Choice((2, 3), (2, 2), (1, 1))),
        ("3,3,2p", Choice((3, 3), (3, 3), (2, 2))),
    ],
)
def test_a_pool_is_that_of_a_design(word: str, choice: Choice, rule: str) -> None:
    layer = parse_layers(word, rule=rule).layer("1")
    tiles = word in {"2,2p", "3p"} and rule == "same"
    assert layer == Pool(
        kind=PoolKind.MAX,
        kernel=choice.kernel,
        stride=choice.stride,
        dilation=choice.dilation,
        padding=((0, 0), (0, 0)) if tiles else padding(rule, choice),
        ceil_mode=tiles,
    )
    block = {"block": "pool", "padding": rule, "kernels": [list(choice.kernel)], "strides": [list(choice.stride)]}
    guards = {"odd_kernels": False, "hole_free": False, "max_stride": False}
    table = {**block, "dilations": [list(choice.dilation)], "layers": 1}
    found = solve(problem_from({"defaults": table, "guards": guards, "exit": [{}]}), explain=False)
    assert found.design is not None
    assert found.design.graph.layer("trunk.1.pool") == layer


def test_a_pool_that_tiles_is_not_padded() -> None:
    tap = last("3p", input_size=(10,))
    assert tap.centre == (1.0, 1.0)
    assert tap.shape.size == (4, 4)
