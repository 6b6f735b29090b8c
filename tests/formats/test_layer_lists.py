"""Layer lists with Keras padding."""

from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve import inspect, open_network
from rfsolve.errors import InputError
from rfsolve.formats.layer_lists import ASSUMED, is_layer_list, parse_layer_list, same_padding_of


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_same_makes_ceil_n_over_s(size: int, kernel: int, stride: int, dilation: int) -> None:
    """TensorFlow's two statements: the output's size, and that no less padding would give it."""
    left, right = same_padding_of(size, kernel, stride, dilation)
    extent = (kernel - 1) * dilation + 1
    assert right - left in {0, 1}
    outputs = (size + left + right - extent) // stride + 1
    assert outputs == -(-size // stride) or left + right == 0
    if left + right:
        assert (size + left + right - 1 - extent) // stride + 1 < outputs
    padding = same_padding_of(None, kernel, stride, dilation)
    assert padding == same_padding_of(stride * max(size, extent), kernel, stride, dilation)


def test_the_padding_follows_the_size() -> None:
    """7x7 with stride 2 on 224: 2 left, 3 right; on 225: 3 and 3. Then 112 and 113."""
    for size, first, second in ((224, (2, 3), (0, 1)), (225, (3, 3), (1, 1))):
        graph = parse_layer_list("7,2,1,SAME;3,2,SAME;3,1", input_size=(size,)).graph
        assert graph.layer("1").padding == (first, first)
        assert graph.layer("2").padding == (second, second)
        assert graph.layer("3").padding == ((0, 0), (0, 0))
        assert graph.shapes()["3"].size == (ceil(ceil(size / 2) / 2) - 2,) * 2


def test_without_a_size_the_assumption_is_said() -> None:
    network = parse_layer_list("7,2,1,SAME;3,1,SAME;3,2,VALID")
    assert [(remark.code, remark.node) for remark in network.remarks] == [(ASSUMED, "1")]
    assert network.graph.layer("1").padding == ((2, 3), (2, 3))
    assert not parse_layer_list("7,2,1,SAME;3,1,SAME", input_size=(224,)).remarks


def test_the_keras_centre_differs_from_the_torch_centre() -> None:
    """On an even size Keras pads 0 and 1 where PyTorch pads 1 and 1: the windows start a pixel later."""
    keras = inspect("3,2,SAME", input_size=224).tap("1").windows[0]
    torch = inspect("3,2", input_size=224).tap("1").windows[0]
    assert keras is not None
    assert torch is not None
    assert (keras.at(0), torch.at(0)) == ((0, 2), (-1, 1))


def test_axes_and_case() -> None:
    assert parse_layer_list("1x7,1,SAME ; 7x1 , 1 , valid;").graph.layer("2").kernel == (7, 1)
    assert parse_layer_list("3;3", axes=3).graph.layer("1").kernel == (3, 3, 3)
    assert parse_layer_list("3;3", input_size=(9, 9, 9)).graph.layer("1").kernel == (3, 3, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [("3;;3", "entry 2 ''"), (";", "no layers"), ("3,1,1,1,SAME", "entry 1"), ("3,0;3", "0 is out of range")],
)
def test_what_is_wrong_names_the_entry(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_layer_list(text)


def test_what_is_a_layer_list() -> None:
    assert all(map(is_layer_list, ["3;3", "7,2,SAME", "7,2, valid"]))
    assert not any(map(is_layer_list, ["7,2 3,2p", "net;x.onnx", "", "SAME"]))


def test_in_a_file(tmp_path: Path) -> None:
    """One to a line or with semicolons, comments left out; the words of the other notation too."""
    path = tmp_path / "net.txt"
    for text in ("# stem\n7,2,1,SAME\n3,2,SAME # stage\n\n3,1", "7,2,1,SAME;3,2,SAME;\n3,1\n"):
        path.write_text(text)
        found, typed = open_network(path, (224,)), open_network("7,2,1,SAME;3,2,SAME;3,1", (224,))
        assert [found.graph.layer(n) for n in found.graph.nodes] == [typed.graph.layer(n) for n in typed.graph.nodes]
    path.write_text("7,2\n3,2p\n3x3 3 # two\n")
    assert inspect(path).outputs[0].receptive_field == inspect("7,2 3,2p 3x3 3").outputs[0].receptive_field
    path.write_text("")
    with pytest.raises(InputError, match=r"net\.txt: no layers"):
        open_network(path)
