"""The frameworks lane: `pytest -m frameworks tests/frameworks`, or RFSOLVE_FRAMEWORKS=1.

What other frameworks read is read by those frameworks themselves. They depend on torch and torchvision, so they are no
extra of rfsolve: `pip install --no-deps ultralytics timm segmentation_models_pytorch mmengine mmcv_lite nnunetv2
dynamic_network_architectures batchgenerators`, and what these ask for.
"""

import os
from collections.abc import Iterator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the lane's mark."""
    config.addinivalue_line("markers", "frameworks: exports, read by the packages they are for (see the conftest)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The lane runs where it is asked for."""
    if "frameworks" in (config.getoption("-m") or "") or os.environ.get("RFSOLVE_FRAMEWORKS"):
        return
    for item in items:
        if item.get_closest_marker("frameworks"):
            item.add_marker(pytest.mark.skip(reason="the frameworks lane: -m frameworks"))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)
