"""A name never breaks what it is written into, and never becomes part of it."""

import ast
import importlib.util
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from rfsolve.cli.export import TARGETS
from rfsolve.errors import RfsolveError
from rfsolve.formats.blueprint import Blueprint
from rfsolve.formats.exports import EXPORTS
from rfsolve.formats.opening import open_network
from tests.export.every_problem import imported
from tests.export.hostile import blueprints

EXAMPLES = int(os.environ.get("RFSOLVE_HOSTILE_NAMES", "12"))
"""Designs drawn for each test."""

quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def installed(name: str) -> bool:
    extra = EXPORTS[name].extra
    return extra is None or importlib.util.find_spec(extra) is not None


@pytest.mark.parametrize("name", [name for name in EXPORTS if installed(name)])
@quickly
@given(blueprint=blueprints())
def test_any_name_is_written_whole_or_refused(name: str, blueprint: Blueprint) -> None:
    """No format raises anything but a refusal in words, and what it writes can be stored as UTF-8."""
    try:
        written = EXPORTS[name].write(blueprint)
    except RfsolveError:
        return
    data = written.encode() if isinstance(written, str) else written
    assert b"\x00" not in data or isinstance(written, bytes)
    if name in {"mermaid", "torch"}:
        assert b"</script>" not in data


@quickly
@given(blueprint=blueprints())
def test_generated_code_has_the_same_shape_whatever_the_names(blueprint: Blueprint) -> None:
    """The syntax tree holds what the design asks for: one network, no import, call or statement more."""
    pytest.importorskip("torch")
    source = EXPORTS["torch"].write(blueprint)
    assert isinstance(source, str)
    assert source.isascii()
    tree = ast.parse(source)
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    origins = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert plain == {"sys", "torch"}
    assert origins <= {"collections", "math", "typing", "torch"}
    network = imported(source).Network()
    assert sum(weight.numel() for weight in network.parameters()) == 76 + 148 + 16
    assert not {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"rfsolve", "os", "alert"}


@quickly
@given(blueprint=blueprints())
def test_an_onnx_model_keeps_the_names(blueprint: Blueprint) -> None:
    """What is read back has the same layers under the same names, unless protobuf has no such text."""
    pytest.importorskip("onnx")
    try:
        written = EXPORTS["onnx"].write(blueprint)
    except RfsolveError:
        assert any(c == "\0" or "\ud800" <= c <= "\udfff" for name in blueprint.graph.nodes for c in name)
        return
    assert isinstance(written, bytes)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(written)
        network = open_network(str(path))
    assert set(map(network.node, blueprint.graph.outputs)) <= set(network.graph.nodes)


def test_the_help_names_every_format() -> None:
    assert tuple(EXPORTS) == TARGETS
