"""How the parts of a problem hang together: what each builds on, in which order to tell them, what is read out."""

from collections.abc import Mapping, Sequence

from rfsolve.space.problem import Merge, Problem, Stack

Reads = Mapping[str, Sequence[str]]
"""What each node reads; a node comes after all it reads."""


def is_chain(problem: Problem) -> bool:
    """Return whether stack follows on stack: nothing meets, and nothing has two stacks behind it."""
    sources = [source for part in problem.nodes for source in sources_of(problem, part)]
    return not any(isinstance(part, Merge) for part in problem.nodes) and len(set(sources)) == len(sources)


def sources_of(problem: Problem, part: Stack | Merge) -> tuple[str, ...]:
    """Return what a stack follows, or the branches that meet in a merge, in their order."""
    return part.branches if isinstance(part, Merge) else (problem.before(part.name),)


def branch_by_branch(problem: Problem) -> list[Stack | Merge]:
    """Return the stacks and merges in an order that tells a branch to its end before it goes back for the next.

    Of the branches of one node those that only end go first, the shortest of them foremost, then as the problem has
    them.
    """
    parts = {part.name: part for part in problem.nodes}
    reads = reads_of(problem, problem.nodes)
    readers = readers_of(reads)
    rank = {name: (*_rank(name, reads, readers), i) for i, name in enumerate(reads)}
    told = {"input": 0}
    waiting = set(parts)
    while waiting:
        ready = [name for name in waiting if all(source in told for source in reads[name])]
        name = min(ready, key=lambda name: (-max(told[source] for source in reads[name]), rank[name]))
        told[name] = len(told)
        waiting.remove(name)
    return [parts[name] for name in told if name in parts]


def reads_of(problem: Problem, parts: Sequence[Stack | Merge]) -> dict[str, tuple[str, ...]]:
    """Return what the input (nothing) and each of the parts read, in their order."""
    return {"input": (), **{part.name: sources_of(problem, part) for part in parts}}


def readers_of(reads: Reads) -> dict[str, list[str]]:
    """Return the other direction: what reads each node."""
    readers: dict[str, list[str]] = {node: [] for node in reads}
    for node, sources in reads.items():
        for source in sources:
            readers[source].append(node)
    return readers


def way_on(node: str, reads: Reads, readers: Reads) -> list[str]:
    """Return the node and what follows it one by one: up to a node where others join in or part, or to the end."""
    way = [node]
    while len(reads[way[-1]]) == 1 and len(readers[way[-1]]) == 1:
        way.extend(readers[way[-1]])
    return way


def meeting(node: str, reads: Reads, readers: Reads) -> str | None:
    """Return the node where the way on from a node meets another or parts, the node itself included; None: it ends."""
    last = way_on(node, reads, readers)[-1]
    return last if readers[last] or len(reads[last]) > 1 else None


def _rank(node: str, reads: Reads, readers: Reads) -> tuple[bool, int]:
    goes_on = meeting(node, reads, readers) is not None
    return goes_on, 0 if goes_on else len(way_on(node, reads, readers))


def exit_words(problem: Problem, *nodes: str) -> list[str]:
    """Return `exits a, b` for what is read out right behind these nodes, `check c` for what is only checked there."""
    found = [way_out for way_out in problem.exits if problem.before(way_out.name) in nodes]
    named = {
        word: [way_out.name for way_out in found if way_out.output is output]
        for word, output in (("exit", True), ("check", False))
    }
    return [f"{word}{'s' if len(names) > 1 else ''} {', '.join(names)}" for word, names in named.items() if names]
