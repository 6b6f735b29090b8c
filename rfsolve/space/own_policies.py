"""Policies that a problem file states: `[[policy]]`, by numbers and never by code."""

from collections.abc import Mapping, Sequence

from rfsolve.space.document import PolicyTable
from rfsolve.space.policies import POLICIES, Policy, Row, by_ratio


def policy_of(table: PolicyTable) -> Policy:
    """Return the policy that a table states: field >= ratio x size, linear between its rows."""
    rows = [_row(row) for row in table.field]
    return Policy(
        name=table.name,
        formula=_formula(table, rows),
        source=table.source,
        rule=by_ratio(rows, cells=table.cells, effective=table.effective),
        cells=table.cells,
    )


def policies_of(tables: Sequence[PolicyTable]) -> Mapping[str, Policy]:
    """Return every policy by its name, those of a problem file before those that are published."""
    return {**POLICIES, **{table.name: policy_of(table) for table in tables}}


def _row(row: Sequence[float]) -> Row:
    size, ratio = row
    return size, ratio


def _formula(table: PolicyTable, rows: Sequence[Row]) -> str:
    if len(rows) == 1:
        parts = [f"field >= {rows[0][1]:g} x size"]
    else:
        parts = ["field / size = " + ", ".join(f"{ratio:g} at {size:g} px" for size, ratio in sorted(rows))]
    if table.effective is not None:
        parts.append(f"4 sigma >= {table.effective:g} x size")
    if table.cells is not None:
        parts.append(f"size / stride >= {table.cells:g}")
    return "; ".join(parts)
