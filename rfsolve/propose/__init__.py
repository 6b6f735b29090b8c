"""From a dataset's objects to what a network must see: fingerprints, levels, proposals.

The package can be called: `rfsolve.propose(...)` is `rfsolve.report.proposal.propose`, found by the table of public
names, as this layer does not know the layer that draws tables.
"""

import sys
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """This package, as a function too: a public function and a package of one name would hide each other."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as of the function
        return sys.modules["rfsolve"]._public("propose")(*args, **kwargs)  # noqa: SLF001 - the same package


sys.modules[__name__].__class__ = _Package
