"""How tables and facts fit into a terminal."""

from rfsolve.report.facts import facts_text
from rfsolve.report.grid import Column, Grid

COLUMNS = (Column("name", right=False), Column("field"))


def grid() -> Grid:
    made = Grid(COLUMNS)
    made.row("a", "7")
    made.section("-> exit out")
    made.row("longer", "1,000")
    return made


def test_columns_are_apart_where_they_fit() -> None:
    assert grid().rendered(80).plain.splitlines() == [
        "name    field",
        "-------------",
        "a           7",
        "-> exit out",
        "longer  1,000",
    ]


def test_closer_together_where_they_do_not() -> None:
    """Under the same titles."""
    lines = grid().rendered(12).plain.splitlines()
    assert (lines[0], lines[-1]) == ("name   field", "longer 1,000")
    assert grid().rendered(1).plain.splitlines() == lines


def test_control_characters_are_written_out() -> None:
    made = Grid(COLUMNS)
    made.row("a\x1b[2J\n", "7")
    assert "a\\x1b[2J\\n" in made.rendered(80).plain


def test_facts_wrap_under_themselves() -> None:
    facts = [("guards", "one two three four five six seven"), ("guards", "eight"), ("time", "1 s")]
    assert facts_text(facts, 30).plain.splitlines() == [
        "guards  one two three four five six",
        "        seven",
        "        eight",
        "time    1 s",
    ]
    assert facts_text([], 80).plain == ""
