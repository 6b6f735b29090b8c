"""Named networks to compare a proposal with, drawn here as layer graphs and analysed like any other."""

from rfsolve.propose.baselines.table import BASELINES, Baseline, baseline

__all__ = ["BASELINES", "Baseline", "baseline"]
