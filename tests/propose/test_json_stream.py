"""The streamed reader against the standard library's: the same values, whatever the layout and the size of a chunk."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfsolve.errors import InputError
from rfsolve.propose.annotations import json_stream
from rfsolve.propose.annotations.json_stream import elements

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def flat(value: Any) -> list[tuple[str, Any]]:
    """What `elements` yields, by its docstring."""
    if isinstance(value, list):
        return [("", one) for one in value]
    found: list[tuple[str, Any]] = []
    for key, one in value.items():
        found += [(key, item) for item in one] if isinstance(one, list) else [(key, one)]
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=st.lists(JSON) | st.dictionaries(st.text(), JSON),
    chunk=st.sampled_from([1, 2, 7, 64, 1 << 20]),
    indent=st.sampled_from([None, 0, 3]),
    ascii_only=st.booleans(),
)
def test_the_elements_are_those_of_json_loads(
    value: Any,
    chunk: int,
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=ascii_only), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        assert list(elements(path, lambda _: None)) == flat(value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cut=st.integers(0, 79))
def test_a_file_that_ends_in_the_middle_says_so(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every prefix of a file is refused, with the place."""
    whole = json.dumps({"images": [{"id": 1}], "annotations": [{"bbox": [1, 2, 3, 4], "text": "a]}"}, 7]})
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(whole[:cut])
    with pytest.raises(InputError, match=r"broken JSON near character|empty"):
        list(elements(path, lambda _: None))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"annotations": [{"a": 1}, {"a": 2, }]}', r"annotations\[1\]: broken JSON near character \d+"),
        ('{"annotations": [{"a": 1} {"a": 2}]}', r"annotations\[0\]: broken JSON near character 26: expected a comma"),
        ('{"annotations": [1], "images": [], } ', "key 3: broken JSON"),
        ('{"a": 1} x', "more text after the end"),
        ("x", "expected an object or an array"),
        ('{"a" 1}', "expected a key and a colon"),
        ("[" * 100_000, "nested too deeply"),
        (f"[{'9' * 5000}]", "broken JSON"),
    ],
)
def test_what_is_broken_is_named_with_its_place(text: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=place):
        list(elements(path, lambda _: None))
