"""Requirements by the names that their author gave them: what is left out, changed and put back together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rfsolve.space.problem import Objective, Problem, Quantity, Relation, Requirement, Stack

Asked = Requirement | Relation


def by_name(problem: Problem) -> dict[str, list[Asked]]:
    """Return the requirements and relations of each name, in the order of the problem.

    That a stack which up-samples has its one layer is no requirement: it is what the graph is made of.
    """
    groups: dict[str, list[Asked]] = {}
    everything: tuple[Asked, ...] = (*problem.requirements, *problem.relations)
    for requirement in everything:
        if not _is_structure(problem, requirement):
            groups.setdefault(requirement.name, []).append(requirement)
    return groups


def _is_structure(problem: Problem, one: Asked) -> bool:
    if isinstance(one, Relation) or one.quantity is not Quantity.LAYERS or one.node is None:
        return False
    part = problem.part(one.node)
    return isinstance(part, Stack) and part.block.rises and one.least == one.most == (1,)


def asked(group: Sequence[Asked]) -> str:
    """Return requirements of one name as a person would write them; what holds at many places is said once."""
    return f"{called(group)} ({', '.join(dict.fromkeys(r.sentence for r in group))})"


def called(group: Sequence[Asked]) -> str:
    """Return what requirements of one name are called, by the bounds that are left of them."""
    return ", ".join(dict.fromkeys(r.called for r in group))


def only(problem: Problem, names: Collection[str]) -> Problem:
    """Return the question whether the requirements of these names can be met; the objective does not matter to it."""
    return replace(
        unsized(problem),
        requirements=tuple(r for r in problem.requirements if r.name in names or _is_structure(problem, r)),
        relations=tuple(r for r in problem.relations if r.name in names),
        objectives=(Objective(quantity=Quantity.LAYERS),),
    )


def unsized(problem: Problem) -> Problem:
    """Return the problem without the input's size where there is no padding.

    Nothing is counted there, and that the window fits is one of the requirements.
    """
    if all(stack.block.padding != "valid" for stack in problem.stacks):
        return problem
    space = problem.space.copy()
    space.nodes["input"]["part"] = replace(problem.input, size=None)
    return replace(problem, space=space)


def changed(problem: Problem, groups: Mapping[str, Iterable[Asked]]) -> Problem:
    """Return the problem with the requirements of some names replaced; left out where nothing is in their place."""
    instead = [one for group in groups.values() for one in group]
    return replace(
        problem,
        requirements=(
            *(r for r in problem.requirements if r.name not in groups),
            *(one for one in instead if isinstance(one, Requirement)),
        ),
        relations=(
            *(r for r in problem.relations if r.name not in groups),
            *(one for one in instead if isinstance(one, Relation)),
        ),
    )


def without(problem: Problem, name: str) -> Problem:
    """Return the problem without the requirements of a name."""
    return changed(problem, {name: ()})


def moved_side(before: Requirement, now: Requirement) -> Requirement:
    """Return the relaxed requirement without the bound that has not moved."""
    if now.least is None or now.most is None or now.least == now.most:
        return now
    if now.least == before.least:
        return replace(now, least=None)
    return replace(now, most=None) if now.most == before.most else now
