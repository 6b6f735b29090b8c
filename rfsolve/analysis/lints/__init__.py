"""What may be wrong with a network, rule by rule: a code, a sentence, advice. One file for each rule."""

from rfsolve.analysis.lints.groups import LintGroup, grouped
from rfsolve.analysis.lints.lint import Lint, Severity, Subject, Unchecked
from rfsolve.analysis.lints.rules import RULES, lints

__all__ = ["RULES", "Lint", "LintGroup", "Severity", "Subject", "Unchecked", "grouped", "lints"]
