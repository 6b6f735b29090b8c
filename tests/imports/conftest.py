"""Marks of the lanes that take long; one thread, since the tests share their cores."""

import pytest

from tests.lanes import one_thread, skip_unless_asked

__all__ = ["one_thread"]

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
    skip_unless_asked(config, items, "timm")
