"""Axes that no choice tells apart are one axis to the solver."""

from rfsolve.space.problem import Problem


def axis_classes(problem: Problem) -> dict[int, tuple[int, ...]]:
    """Return the classes of axes whose kernels, strides and dilations agree in every choice, by their first axis."""
    first: dict[object, int] = {}
    classes: dict[int, tuple[int, ...]] = {}
    for axis in range(problem.input.axes):
        pattern = tuple(
            (choice.kernel[axis], choice.stride[axis], choice.dilation[axis])
            for stack in problem.stacks
            for choice in stack.choices
        )
        leader = first.setdefault(pattern, axis)
        classes[leader] = (*classes.get(leader, ()), axis)
    return classes
