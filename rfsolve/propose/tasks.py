"""One entry for the four tasks."""

from collections.abc import Callable, Mapping

from rfsolve.errors import InputError
from rfsolve.propose.detection import propose_detection
from rfsolve.propose.fingerprint import Fingerprint
from rfsolve.propose.levels import levels
from rfsolve.propose.proposals import Proposals, Task
from rfsolve.propose.request import Request, not_of
from rfsolve.propose.segmentation import propose_segmentation
from rfsolve.propose.sequence import propose_sequence
from rfsolve.propose.volume import propose_volume
from rfsolve.space.assignments import Assignment
from rfsolve.space.policies import Need, Policy

AXES = {Task.DETECTION: 2, Task.SEGMENTATION: 2, Task.SEQUENCE: 1, Task.VOLUME: 3}
PROPOSERS: Mapping[Task, Callable[[Fingerprint, Request], Proposals]] = {
    Task.SEGMENTATION: propose_segmentation,
    Task.SEQUENCE: propose_sequence,
    Task.VOLUME: propose_volume,
}


def proposed(
    task: str,
    fingerprint: Fingerprint,
    request: Request,
    *,
    policy: str | Policy | Callable[[float], Need] = "contains",
    assignment: str | Assignment | None = None,
) -> Proposals:
    """Return the proposals for a task; `policy` and `assignment`, which decide on the levels, belong to detection.

    Raises:
        InputError: there is no such task, or the objects are not of its kind.

    """
    if task not in list(Task):
        raise InputError(f"task '{task}': expected one of {', '.join(Task)}")
    wanted = Task(task)
    if fingerprint.axes != AXES[wanted]:
        raise InputError(
            f"{fingerprint.source}: objects of {fingerprint.axes} axes, expected {AXES[wanted]} for {wanted}"
        )
    request.check_task(wanted)
    if wanted is not Task.DETECTION:
        if assignment is not None or policy != "contains":
            name = "policy" if assignment is None else "assignment"
            raise InputError(f"{name}: {not_of(name, wanted)}")
        return PROPOSERS[wanted](fingerprint, request)
    return propose_detection(levels(fingerprint, policy, assignment=assignment, cells=request.cells), request)
