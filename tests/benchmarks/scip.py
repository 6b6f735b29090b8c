"""The lattice model as a mixed-integer programme for SCIP: the very columns and rows that HiGHS is given."""

from functools import reduce
from math import gcd, inf

import pyscipopt  # type: ignore[import-untyped]
from highs import LatticeProgramme
from timing import Answer


def solve_with_scip(programme: LatticeProgramme, time_limit: float) -> Answer:
    """Return the optimum, or the best within the time limit; SCIP's own parameters, on one thread."""
    if programme.hopeless:
        return Answer(None, proven=True)
    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/time", time_limit)
    rows, costs = programme.rows, programme.costs()
    scale = reduce(gcd, (int(cost) for cost in costs), 0) or 1
    columns = [
        model.addVar(vtype="I", lb=0, ub=most, obj=cost / scale) for most, cost in zip(rows.mosts, costs, strict=True)
    ]
    for terms, low, high in rows.rows:
        total = pyscipopt.quicksum(value * columns[column] for column, value in terms.items())
        if low == high:
            model.addCons(total == low)
            continue
        if low > -inf and terms:
            model.addCons(total >= low)
        if high < inf and terms:
            model.addCons(total <= high)
    model.setMinimize()
    model.optimize()
    status = model.getStatus()
    value = round(model.getObjVal()) * scale if model.getNSols() else None
    return Answer(value, proven=status in {"optimal", "infeasible"})
