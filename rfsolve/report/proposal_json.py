"""Proposals as one JSON document, `rfsolve.proposal/1`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rfsolve.propose.coverage import CoverageRow
from rfsolve.propose.plan import plan_toml
from rfsolve.propose.proposals import Proposal, Proposals
from rfsolve.report.solution_json import solution_document

SCHEMA = "rfsolve.proposal/1"


def proposals_document(found: Proposals) -> dict[str, Any]:
    """Return the proposals as plain lists, dicts and numbers; each has its plan and its solution document."""
    fingerprint = found.fingerprint
    return {
        "schema": SCHEMA,
        "task": found.task.value,
        "objects": {
            "source": fingerprint.source,
            "count": fingerprint.count,
            "counted": fingerprint.counted,
            "unit": fingerprint.unit.value,
            "resize": str(fingerprint.resize),
        },
        "rule": found.policy,
        "facts": [{"label": label, "text": text} for label, text in found.facts],
        "levels": [
            {
                "name": aim.name,
                "exit": aim.exit,
                "stride": aim.stride,
                "share": aim.share,
                "count": len(aim.sizes),
                "receptive_field": list(aim.receptive_field),
                "cells": aim.cells,
            }
            for aim in found.aims
        ],
        "proposals": [_proposal(found, proposal) for proposal in found.proposals],
        "baselines": [
            {
                "name": one.name,
                "source": one.source,
                "parameters": one.parameters,
                "macs": one.macs,
                "coverage": _coverage(one.coverage),
            }
            for one in found.baselines
        ],
        "spare_levels": [asdict(level) for level in found.spare],
        "anchors": _plain(found.conventions),
        "notes": list(found.notes),
        "refusal": None if found.refusal is None else solution_document(found.refusal, found.refused),
        "seconds": round(found.seconds, 6),
    }


def _proposal(found: Proposals, proposal: Proposal) -> dict[str, Any]:
    return {
        "place": proposal.place.value,
        "asks": proposal.words,
        "proven": proposal.proven,
        "parameters": proposal.design.parameters,
        "macs": proposal.design.macs,
        "parts": dict(proposal.parts),
        "coverage": _coverage(proposal.coverage),
        "facts": [{"label": label, "text": text} for label, text in proposal.facts],
        "plan": plan_toml(found, proposal),
        "solution": solution_document(proposal.solution, proposal.problem),
    }


def _coverage(rows: Sequence[CoverageRow]) -> list[dict[str, Any]]:
    return [_plain({**asdict(row), "verdict": row.verdict.value}) for row in rows]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any nesting of tables, tuples and numbers
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
