"""Wider domains that would do: the fewest kernels, or dilations, more to choose from with which a design exists."""

from collections.abc import Iterator

from rfsolve.search.domains import Domain, domains, following, value_text, widened
from rfsolve.search.engine import Engine, Prove
from rfsolve.search.feasibility import settled
from rfsolve.search.named import by_name, only
from rfsolve.search.relaxations import price
from rfsolve.search.solution import Change, Relaxation, Status
from rfsolve.space.problem import Problem

MOST_VALUES = 6
"""More of them to choose from are not looked at: what they would do, another change mostly does sooner."""


def widenings(problem: Problem, engine: Engine, prove: Prove) -> Iterator[Relaxation]:
    """Yield, for each domain, the fewest values more that make the problem feasible, where a few do."""
    for domain in domains(problem):
        found = _nearest(problem, domain, engine)
        if found is not None:
            instead, wider = found
            added = wider.values[len(domain.values) :]
            change = Change(
                name=domain.name,
                asked=str(domain),
                nearest=f"{domain.key} {', '.join(map(value_text, added))} too",
            )
            yield Relaxation(changes=(change,), proven=True, parameters=price(instead, engine, prove))


def _nearest(problem: Problem, domain: Domain, engine: Engine) -> tuple[Problem, Domain] | None:
    """Return the problem and the domain with the fewest values more; None where none do, or one was not settled."""
    for _ in range(MOST_VALUES):
        value = following(problem, domain)
        if value is None or engine.seconds_left <= 0:
            return None
        problem, domain = widened(problem, domain, value)
        status, _design = settled(only(problem, by_name(problem)), engine)
        if status is not Status.INFEASIBLE:
            return (problem, domain) if status is Status.FEASIBLE else None
    return None
