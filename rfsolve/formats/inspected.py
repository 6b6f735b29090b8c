"""A network and what was found of it: the one object that tables, documents and pages are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rfsolve.analysis import Analysis, Diagnostic, Tap
from rfsolve.analysis.borders import smallest_filling_input
from rfsolve.analysis.causes import BOUNDS, LOSSES, UNEVEN, causes
from rfsolve.analysis.completeness import Metric, metrics
from rfsolve.analysis.gridding import first_gridding
from rfsolve.analysis.lints import Lint, LintGroup, Subject, Unchecked, grouped, lints
from rfsolve.analysis.totals import Total, totals
from rfsolve.errors import InputError
from rfsolve.formats.network import Network
from rfsolve.formats.tap_names import Selected, View, nearest, selected
from rfsolve.graph import LayerGraph


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspected:
    """A network with one analysis for each of its inputs.

    `asked` are the names and patterns of the taps to show, none for the usual ones; `object_size`
    is in pixels per axis. What is not asked of it is not computed.
    """

    network: Network
    analyses: tuple[Analysis, ...]
    object_size: tuple[int, ...] | None = None
    asked: tuple[str, ...] = ()

    @property
    def graph(self) -> LayerGraph:
        """The layers."""
        return self.network.graph

    @property
    def source(self) -> str:
        """The first input."""
        return self.analyses[0].source

    @property
    def taps(self) -> Mapping[str, Tap]:
        """The taps by node, seen from the first input."""
        return self.analyses[0].taps

    @property
    def outputs(self) -> tuple[Tap, ...]:
        """The taps of the outputs, one for each input that an output depends on."""
        return tuple(tap for analysis in self.analyses for tap in analysis.outputs)

    @cached_property
    def output_names(self) -> frozenset[str]:
        """The names of the outputs; `outputs` of a graph asks every node."""
        return frozenset(self.graph.outputs)

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the reader and the analyses have to remark, each once."""
        found = (*self.network.remarks, *(one for analysis in self.analyses for one in analysis.diagnostics))
        return tuple(dict.fromkeys(found))

    def tap(self, name: str, *, source: str | None = None) -> Tap:
        """Return the tap of a node or of one of its aliases, seen from an input (the first that it depends on).

        Raises:
            InputError: there is no such tap; says which names are near.

        """
        node = self.network.node(name)
        if source is not None and source not in {analysis.source for analysis in self.analyses}:
            raise InputError(f"there is no input '{source}', expected {self._inputs}")
        for analysis in self.analyses:
            if node in analysis.taps and source in {None, analysis.source}:
                return analysis.taps[node]
        if node in self.graph:
            raise InputError(f"'{name}' does not depend on an input that is looked at, expected another tap")
        raise InputError(f"there is no tap '{name}'{nearest(name, self.network)}")

    def rows(self, analysis: Analysis, default: View) -> tuple[Selected, ...]:
        """Return the taps to be shown of an analysis, each under the name that was asked for."""
        return selected(self.network, analysis, self.asked, default)

    @cached_property
    def aliases(self) -> Mapping[str, list[str]]:
        """The other names of each node that has any."""
        found: dict[str, list[str]] = {}
        for alias, node in self.network.aliases.items():
            found.setdefault(node, []).append(alias)
        return found

    @cached_property
    def totals(self) -> Mapping[str, Total]:
        """What it costs to compute each node."""
        return totals(self.graph, self.analyses[0].shapes)

    @cached_property
    def _checked(self) -> tuple[tuple[tuple[Lint, ...], ...], tuple[Unchecked, ...]]:
        subjects = [Subject(analysis=analysis, object_size=self.object_for(analysis)) for analysis in self.analyses]
        results = [lints(subject) for subject in subjects]
        return tuple(found for found, _ in results), tuple(dict.fromkeys(one for _, left in results for one in left))

    @cached_property
    def lints(self) -> tuple[LintGroup, ...]:
        """What may be wrong with the network, one entry for each rule and advice."""
        return grouped(dict.fromkeys(lint for found in self._checked[0] for lint in found))

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """The rules that could not be checked, and what they need."""
        return self._checked[1]

    @cached_property
    def _origins(self) -> Mapping[str, Mapping[str, str]]:
        return {analysis.source: first_gridding(analysis) for analysis in self.analyses}

    def gridding_of(self, analysis: Analysis, node: str) -> str | None:
        """Return the layer that first left out pixels which the node misses, None where it misses none."""
        if analysis.taps[node].hole_free is not False:
            return None
        return self._origins[analysis.source].get(node)

    @cached_property
    def _lost(self) -> Mapping[str, Mapping[str, Diagnostic]]:
        return {one.source: causes(one, self.diagnostics, LOSSES) for one in self.analyses}

    @cached_property
    def _bounded(self) -> Mapping[str, Mapping[str, Diagnostic]]:
        return {one.source: causes(one, self.diagnostics, BOUNDS) for one in self.analyses}

    @cached_property
    def _uneven(self) -> Mapping[str, Mapping[str, Diagnostic]]:
        return {one.source: causes(one, self.diagnostics, UNEVEN) for one in self.analyses}

    def smallest_inputs(self, analysis: Analysis, node: str) -> list[int | None]:
        """Return the least pixels per axis of which some output of a node sees its whole window.

        None where there is no window, and where the windows hold for one size of the input only.
        """
        windows = analysis.taps[node].windows
        if node in self._uneven[analysis.source]:
            return [None] * len(windows)
        return [None if window is None else smallest_filling_input(window) for window in windows]

    def metrics(self, analysis: Analysis, node: str) -> Mapping[str, Metric]:
        """Return how well each metric of a tap is known."""
        lost, bounded = self._lost[analysis.source].get(node), self._bounded[analysis.source].get(node)
        return metrics(analysis.taps[node], self.graph, lost, bounded, self.totals[node])

    def object_for(self, analysis: Analysis) -> tuple[int, ...] | None:
        """Return the size of the objects on every axis of an input.

        Raises:
            InputError: it has another number of axes.

        """
        if self.object_size is None:
            return None
        axes = len(analysis.taps[analysis.source].reach)
        if len(self.object_size) not in {1, axes}:
            written = "x".join(map(str, self.object_size))
            raise InputError(f"object size {written} has {len(self.object_size)} axes, expected {axes}")
        return self.object_size if len(self.object_size) == axes else self.object_size * axes

    def shape(self, analysis: Analysis, node: str) -> tuple[int | None, ...]:
        """Return the shape of a node's tensor, batch first, as its source has it."""
        if (own := self.network.shapes.get(node)) is not None:
            return own
        shape = analysis.shapes[node]
        return (1, shape.channels, *shape.size)

    @property
    def _inputs(self) -> str:
        return " or ".join(analysis.source for analysis in self.analyses)
