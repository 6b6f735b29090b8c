"""Marks of the lanes that take long; one thread, since the tests share their cores."""

import os
from collections.abc import Iterator

import pytest

LANES = {
    "timm": "architectures of timm against the witness (RFSOLVE_TIMM=1 pytest -m timm tests/imports; needs timm)",
    "onnx_backend": "models and operators that onnx ships as backend tests (pytest -m onnx_backend tests/imports)",
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the lanes' marks."""
    for name, what in LANES.items():
        config.addinivalue_line("markers", f"{name}: {what}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The timm lane runs where it is asked for by its mark."""
    if "timm" in (config.getoption("-m") or "") or os.environ.get("RFSOLVE_TIMM"):
        return
    for item in items:
        if item.get_closest_marker("timm"):
            item.add_marker(pytest.mark.skip(reason="the timm lane: -m timm"))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)
