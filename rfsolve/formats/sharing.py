"""Which modules of a plan have the weights of which others: whole groups where all of a group is shared."""

from collections.abc import Iterator

from rfsolve.formats.module_plan import Group, ModulePlan


def shared_paths(plan: ModulePlan) -> Iterator[tuple[str, str]]:
    """Yield the path of each module that has another's weights, and the path of that other.

    A group is named in place of its layers where each of them, as far as it has weights, has those of the layer of the
    same name in one other group.
    """
    yield from _within(plan, plan.root, "", _groups(plan.root, ""))


def _groups(group: Group, prefix: str) -> dict[str, frozenset[str]]:
    """The paths inside each group, by the group's own."""
    found: dict[str, frozenset[str]] = {}
    for part in group.parts:
        path = f"{prefix}{part.attribute}"
        if isinstance(part, Group):
            found |= _groups(part, f"{path}.")
            found[path] = frozenset(_layers(part, ""))
    return found


def _layers(group: Group, prefix: str) -> Iterator[str]:
    for part in group.parts:
        if isinstance(part, Group):
            yield from _layers(part, f"{prefix}{part.attribute}.")
        else:
            yield f"{prefix}{part.attribute}"


def _within(
    plan: ModulePlan, group: Group, prefix: str, groups: dict[str, frozenset[str]]
) -> Iterator[tuple[str, str]]:
    for part in group.parts:
        path = f"{prefix}{part.attribute}"
        if not isinstance(part, Group):
            if part.name in plan.owners:
                yield path, plan.paths[plan.owners[part.name]]
        elif (owner := _owner(plan, part, path)) in groups and groups[owner] == groups[path]:
            yield path, owner
        else:
            yield from _within(plan, part, f"{path}.", groups)


def _owner(plan: ModulePlan, group: Group, path: str) -> str:
    """The one group that has the weights of all layers of this one that have any; empty where there is none."""
    owners = set()
    for leaf in group.leaves:
        if not plan.graph.layer(leaf.name).parameters:
            continue
        own = plan.paths[leaf.name].removeprefix(path)
        theirs = plan.paths[plan.owners.get(leaf.name, leaf.name)]
        owners.add(theirs.removesuffix(own) if theirs.endswith(own) else "")
    found = owners.pop() if len(owners) == 1 else ""
    return "" if found == path else found
