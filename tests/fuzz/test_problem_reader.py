"""Whatever is in a problem file, it is a problem or it is refused, every mistake in one line.

`RFSOLVE_FUZZ=20000 pytest tests/fuzz` draws more.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfsolve.errors import RfsolveError
from rfsolve.space.reading import load_problem, problem_from

DRAWS = int(os.environ.get("RFSOLVE_FUZZ", "150"))
FUZZING = settings(
    max_examples=DRAWS,
    deadline=20_000,  # milliseconds; on a loaded machine, of what takes a few
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
LIBRARY = sorted(Path("problems").glob("*.toml"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.integers(-3, 300),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["input", "s1", "2M", "32*jump:512", "lffd", "concat", "parameters", "[3]", "\x00", "1e9999"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a table."""
    rows: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(path for key, inner in rows for path in _places(inner, (*place, key)))]


@st.composite
def tables(draw: Any) -> Any:
    """A problem of the library, in which up to three values are others, are missing, or are there as well."""
    table: Any = tomllib.loads(draw(st.sampled_from(LIBRARY)).read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(0, 3))):
        *path, last = draw(st.sampled_from([place for place in _places(table) if place] or [("title",)]))
        inner = table
        for key in path:
            inner = inner[key]
        match draw(st.sampled_from(["other", "missing", "more"])):
            case "other":
                inner[last] = draw(VALUES)
            case "missing":
                del inner[last]
            case "more" if isinstance(inner, dict):
                inner[draw(st.sampled_from([*map(str, inner), "kernals", "name"]))] = draw(VALUES)
    return table


def _refused_in_lines(error: RfsolveError) -> None:
    said = str(error)
    assert said
    assert "Traceback" not in said
    assert all(len(line) < 2000 for line in said.splitlines())


@FUZZING
@given(table=tables())
def test_any_table(table: Any) -> None:
    """A problem, or its mistakes."""
    try:
        problem_from(table)
    except RfsolveError as error:
        _refused_in_lines(error)


@FUZZING
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_any_file(suffix: str, data: bytes, tmp_path: Path) -> None:
    """No traceback from whatever bytes."""
    path = tmp_path / f"problem{suffix}"
    path.write_bytes(data)
    with pytest.raises(RfsolveError) as refused:
        load_problem(str(path))
    _refused_in_lines(refused.value)


@FUZZING
@given(table=tables())
def test_any_json(table: Any, tmp_path: Path) -> None:
    """The same as a file."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(table, default=str), encoding="utf-8")
    try:
        load_problem(str(path))
    except RfsolveError as error:
        _refused_in_lines(error)
