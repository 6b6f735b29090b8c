"""The timm lane: `RFSOLVE_TIMM=1 pytest -m timm tests/imports/test_timm.py`.

Every architecture of the table against the witness, tap by tap. `RFSOLVE_TIMM_REPORT=FILE` adds a
line for each as it ends: how many taps agreed, which are unknown and why.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
reading = pytest.importorskip("rfsolve.formats.torch.reading")
if find_spec("timm") is None:
    pytest.skip("timm is not installed: pip install --no-deps timm", allow_module_level=True)

from rfsolve.formats.network import Network  # noqa: E402 - after importorskip
from tests.imports import torchvision_stub  # noqa: E402
from tests.imports.timm_table import SIZES, build  # noqa: E402
from tests.oracle.measured import Comparison, compare  # noqa: E402

pytestmark = [pytest.mark.timm, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def _torchvision() -> None:
    torchvision_stub.install()


@pytest.mark.parametrize("name", SIZES)
def test_no_tap_disagrees(name: str) -> None:
    """Of every module's result and of the output: the window at every index, or said to be unknown."""
    module, size = build(name)
    network = reading.read_module(module, size)
    result = compare(network, module, size)
    _report(f"{name}: {result}{_why(network, result)}")
    assert not result.wrong, f"{result}\n" + "\n".join(result.wrong[:8])
    assert result.agreed or result.unknown


def _report(line: str) -> None:
    """Add a line to the file that is named, at once: what a run has found outlives it."""
    if "RFSOLVE_TIMM_REPORT" in os.environ:
        with Path(os.environ["RFSOLVE_TIMM_REPORT"]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _why(network: Network, result: Comparison) -> str:
    """The first nodes that cannot be known, by name and operator."""
    graph: Any = network.graph
    causes = [name for name in graph.nodes if graph.layer(name).op == "unknown"]
    if not result.unknown:
        return ""
    said = ", ".join(f"{name} ({graph.layer(name).name})" for name in causes[:3])
    return f"; unknown from {result.unknown[0]} on, because of {said or 'its pattern'}"
