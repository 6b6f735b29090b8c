"""What is written by a script is what the script writes now."""

import re

import pytest

from docs.generate import PAGES
from docs.pictures import PICTURES
from tests.docs.pages import ROOT

SECONDS = re.compile(r"\d+\.\d\d(?=&#160;s|,|\))")


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    """Else: python docs/generate.py."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_fresh(name: str) -> None:
    """Else: python docs/pictures.py. Times are not compared."""
    drawn = (ROOT / "docs" / "img" / name).read_text(encoding="utf-8")
    assert _without_times(drawn) == _without_times(PICTURES[name]())


def _without_times(svg: str) -> str:
    return SECONDS.sub("0.00", svg)
