"""What holds for every test: nothing is known from an earlier run."""

import os

os.environ["RFSOLVE_CACHE_DIR"] = "none"
