"""What lanes of long tests share: they run where they are asked for, on one thread, since tests share their cores."""

import os
from collections.abc import Iterator, Sequence

import pytest


def skip_unless_asked(config: pytest.Config, items: Sequence[pytest.Item], name: str) -> None:
    """Skip the tests that bear the mark `name`, unless -m names it or the variable RFSOLVE_<NAME> is set."""
    if name in (config.getoption("-m") or "") or os.environ.get(f"RFSOLVE_{name.upper()}"):
        return
    for item in items:
        if item.get_closest_marker(name):
            item.add_marker(pytest.mark.skip(reason=f"the {name} lane: -m {name}"))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Torch with one thread, and the same weights each time."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)
