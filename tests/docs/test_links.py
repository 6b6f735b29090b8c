"""Links inside the repository lead somewhere, and every page can be reached."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import FENCE, ROOT, name_of, pages

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ALL = [*pages(), ROOT / "CHANGELOG.md"]


def prose_of(page: Path) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def links_of(page: Path) -> list[str]:
    """What the page links to inside the repository."""
    return [link for link in LINK.findall(prose_of(page)) if not link.startswith(("http://", "https://"))]


def anchors_of(page: Path) -> set[str]:
    """The page's headings as GitHub names them in links."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_internal_links_resolve(page: Path) -> None:
    """To a file that exists, and to a heading that it has."""
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}, which does not exist"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)} links to {link}, a heading that does not exist"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """Follow the links from the README; nothing is left over."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page) if link[0] != "#"]
    assert {name_of(page) for page in ALL} - {name_of(page) for page in reached} == set()
