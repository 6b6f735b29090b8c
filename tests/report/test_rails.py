"""Rails: a lane for each edge, no line crossed without need, the shape of a network at a glance."""

from collections.abc import Mapping, Sequence
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfsolve.report.branches import branch_by_branch, is_chain, reads_of
from rfsolve.report.rails import rails
from rfsolve.space.problem import Problem
from rfsolve.space.reading import problem_from
from tests.report import networks

Reads = Mapping[str, Sequence[str]]


def drawn(problem: Problem, *, box: bool = False) -> list[str]:
    reads = reads_of(problem, branch_by_branch(problem))
    rows = rails(reads)
    wide = 2 * max(row.lanes for row in rows)
    return [f"{row.drawn('*', box=box):<{wide}}{row.node}" for row in rows]


SHAPES = {
    "unet": (
        networks.unet(2, field=44),
        """
        *     input
        *-.   enc0
        | *   down1
        | *-. enc1
        | | * down2
        | | * enc2
        | | * up1
        | *-' skip1
        | *   dec1
        | *   up0
        *-'   skip0
        *     dec0
        """,
    ),
    "parallel": (
        networks.parallel(),
        """
        *       input
        *-.-.-. trunk
        * | | | point
        | * | | rate2
        | | * | rate4
        | | | * rate8
        *-'-'-' aspp
        *       head
        """,
    ),
    "pyramid": (
        networks.pyramid(),
        """
        *       input
        *-.     c3
        | *-.   c4
        | | *   c5
        | | *-. lat5
        | | | * out5
        | | *   up5
        | * |   lat4
        | *-+   p4
        | | *   out4
        | *     up4
        * |     lat3
        *-'     p3
        *       out3
        """,
    ),
    "trident": (
        networks.trident(),
        """
        *     input
        *-.-. trunk
        * | | small
          * | middle
            * large
        """,
    ),
    "ladder": (
        networks.ladder(3),
        """
        *   input
        *-. t0
        | * head0
        *-. t1
        * | head1
          * t2
          * head2
        """,
    ),
    "hourglass": (
        networks.hourglass(),
        """
        *     input
        *-.   stem
        * |   skip1
        | *   pool1
        | *-. low1
        | * | skip2
        | | * pool2
        | | * up2
        | *-' sum2
        | *   up1
        *-'   sum1
        """,
    ),
    "dense": (
        networks.dense(3),
        """
        *       input
        *-.-.   x0
        | | *-. x1
        | *-|-' c2
        | * |   x2
        *-'-'   c3
        *       x3
        """,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_of_a_network_is_seen(shape: str) -> None:
    problem, expected = SHAPES[shape]
    assert drawn(problem) == dedent(expected).strip().splitlines()


def test_box_characters_say_the_same() -> None:
    assert drawn(networks.parallel(), box=True)[1:7] == [
        "*\u2500\u252c\u2500\u252c\u2500\u256e trunk",
        "* \u2502 \u2502 \u2502 point",
        "\u2502 * \u2502 \u2502 rate2",
        "\u2502 \u2502 * \u2502 rate4",
        "\u2502 \u2502 \u2502 * rate8",
        "*\u2500\u2534\u2500\u2534\u2500\u256f aspp",
    ]


def test_a_branch_that_ends_goes_before_one_that_goes_on() -> None:
    order = [part.name for part in branch_by_branch(networks.ladder(4))]
    assert order == ["t0", "head0", "t1", "head1", "t2", "head2", "t3", "head3"]


def test_a_chain_keeps_its_order() -> None:
    stacks = [{"name": name} for name in ("b", "a", "c")]
    chain = problem_from({"stack": stacks, "exit": [{"after": "a"}, {"after": "c", "receptive_field": 9}]})
    assert is_chain(chain)
    assert [part.name for part in branch_by_branch(chain)] == ["b", "a", "c"]
    assert not is_chain(networks.trident())
    assert not is_chain(networks.unet(1, field=20))


@st.composite
def graphs(draw: st.DrawFn) -> Reads:
    """A graph of one input: every other node reads one node or more of those before it."""
    reads: dict[str, tuple[str, ...]] = {"0": ()}
    for number in range(1, draw(st.integers(1, 12))):
        sources = draw(st.lists(st.sampled_from(list(reads)), min_size=1, max_size=3, unique=True))
        reads[str(number)] = tuple(sources)
    return reads


@given(graphs())
def test_following_the_lanes_gives_the_edges_back(reads: Reads) -> None:
    """A lane that opens or goes on from a node leads to one that reads it, and to every one of them."""
    carried: dict[int, str] = {}
    unread = {node: [other for other in reads if node in reads[other]] for node in reads}
    for row in rails(reads):
        entering = {lane for lane in {row.lane, *row.closing} if lane in carried}
        assert sorted(carried[lane] for lane in entering) == sorted(reads[row.node])
        for lane in entering:
            unread[carried.pop(lane)].remove(row.node)
        assert set(carried) == row.past
        leaving = [row.lane, *row.opening][: len(unread[row.node])]
        assert len(leaving) == len(unread[row.node])
        carried.update(dict.fromkeys(leaving, row.node))
    assert not any(unread.values())


@given(graphs())
def test_every_row_has_one_mark_and_is_as_wide_as_its_lanes(reads: Reads) -> None:
    for row in rails(reads):
        for box in (False, True):
            text = row.drawn("*", box=box)
            assert text.index("*") == 2 * row.lane
            assert text.count("*") == 1
            assert len(text) == 2 * row.lanes - 1
