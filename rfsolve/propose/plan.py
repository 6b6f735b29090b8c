"""The plan of a proposal: its problem as an editable TOML file, with the evidence as comments."""

from textwrap import wrap

from rfsolve.formats.problem_toml import problem_toml
from rfsolve.propose.proposals import Proposal, Proposals
from rfsolve.space.family import NOTE

WIDTH = 116


def plan_toml(proposals: Proposals, proposal: Proposal, file: str = "plan.toml") -> str:
    """Return the plan; solved, it gives the proposal again."""
    return problem_toml(_commented(proposal.table), _introduction(proposals, proposal, file))


def _commented(table: dict[str, object]) -> dict[str, object]:
    """Return the table with the notes above its exits wrapped, a line of comment each."""
    exits = table["exit"]
    assert isinstance(exits, list)  # noqa: S101 - a table of the problem language
    wrapped = [
        {NOTE: "\n# ".join(line for text in one[NOTE].splitlines() for line in wrap(text, WIDTH)), **_rest(one)}
        if NOTE in one
        else one
        for one in exits
    ]
    return {**table, "exit": wrapped}


def _rest(part: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in part.items() if key != NOTE}


def _introduction(proposals: Proposals, proposal: Proposal, file: str) -> str:
    found = proposals.fingerprint
    proven = "proven minimal" if proposal.proven else "the best found"
    counted = "" if found.counted else ", as published, not counted"
    lines = [
        f"Proposal '{proposal.place}' for {proposals.task}: {proposal.words}.",
        "",
        f"Objects: {found.count:,} of {found.source}{counted}; resize {found.resize}.",
        f"Rule: {proposals.policy}.",
        f"Found: {proposal.design.parameters:,} parameters, {proven}; {len(proposal.design.layers)} layers.",
        *(f"{label.capitalize()}: {text}." for label, text in proposal.facts),
        "",
    ]
    commands = [
        f"    rfsolve {file}                     gives this proposal again",
        f"    rfsolve {file} --max-params 1M     an option wins over the key of the file",
    ]
    return "\n".join([line for text in lines for line in (wrap(text, WIDTH) or [""])] + commands)
