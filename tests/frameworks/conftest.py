"""The frameworks lane: `pytest -m frameworks tests/frameworks`, or RFSOLVE_FRAMEWORKS=1.

What other frameworks read is read by those frameworks themselves. They depend on torch and torchvision, so they are no
extra of rfsolve: `pip install --no-deps ultralytics timm segmentation_models_pytorch mmengine mmcv_lite nnunetv2
dynamic_network_architectures batchgenerators`, and what these ask for.
"""

import pytest

from tests.lanes import one_thread, skip_unless_asked

__all__ = ["one_thread"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the lane's mark."""
    config.addinivalue_line("markers", "frameworks: exports, read by the packages they are for (see the conftest)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The lane runs where it is asked for."""
    skip_unless_asked(config, items, "frameworks")
