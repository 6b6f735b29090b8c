"""The rules of the house, run as any other test so that one command tells all."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [str(BIN / "lint-imports")],
    ],
    ids=["lint", "format", "types", "imports"],
)
def test_the_house_is_in_order(command: list[str]) -> None:
    """Lint, format, types and the one direction of imports."""
    done = _run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_name_can_be_imported() -> None:
    """What `rfsolve` offers exists."""
    import rfsolve  # noqa: PLC0415 - the import is what is tested

    assert all(getattr(rfsolve, name) is not None for name in rfsolve.__all__)
