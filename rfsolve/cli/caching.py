"""The cache that a command looks its answers up in."""

from rfsolve.cli.ending import say
from rfsolve.cli.problem_options import Options
from rfsolve.search.cache import Cache


def cache_of(options: Options) -> Cache | None:
    """Return the cache of the options and the environment, None where there is to be none."""
    cache = Cache(warn=lambda text: say(f"warning: {text}"))
    return None if options["no_cache"] or cache.directory is None else cache
