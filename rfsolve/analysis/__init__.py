"""Receptive field, coverage and influence of every node of a layer graph."""

from rfsolve.analysis.analyse import Analysis, analyse
from rfsolve.analysis.diagnostics import Diagnostic
from rfsolve.analysis.tap import Tap

__all__ = ["Analysis", "Diagnostic", "Tap", "analyse"]
