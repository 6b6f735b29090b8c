"""The benchmarks are scripts that anyone can run: each starts, and says how it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "benchmarks"
PARTS = {"cases.py", "genes.py", "highs.py", "per_layer.py", "samplers.py", "scip.py", "timing.py"}
"""What the scripts share."""


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py") if path.name not in PARTS))
def test_a_benchmark_says_how_it_is_used(script: str) -> None:
    pytest.importorskip("scipy")
    done = subprocess.run([sys.executable, SCRIPTS / script, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout
