"""Exact arithmetic of dependency windows along one axis. Knows no graph and no solver.

A `Step` is what one layer reads; a reading (`Window`, `Coverage`, `Moments`, `Influence`) is what a
node knows of its source, carried through steps and merged. All are periodic: a pattern of phases
that advances by a fixed number of pixels.
"""

from rfsolve.windows.adaptive import adaptive
from rfsolve.windows.composition import JumpError, PeriodError, common_jump
from rfsolve.windows.convolution import convolution, transposed
from rfsolve.windows.coverage import Coverage, Touched
from rfsolve.windows.grid import depth_to_space, flip, part, shift, so_far, space_to_depth, strided_slice, tiled
from rfsolve.windows.influence import Density, Influence
from rfsolve.windows.listing import Listing
from rfsolve.windows.moments import Moment, Moments
from rfsolve.windows.reading import Reading
from rfsolve.windows.resize import Coordinates, Rounding, cubic, linear, nearest
from rfsolve.windows.step import IDENTITY, Border, Step, Taps
from rfsolve.windows.window import Window

__all__ = [
    "IDENTITY",
    "Border",
    "Coordinates",
    "Coverage",
    "Density",
    "Influence",
    "JumpError",
    "Listing",
    "Moment",
    "Moments",
    "PeriodError",
    "Reading",
    "Rounding",
    "Step",
    "Taps",
    "Touched",
    "Window",
    "adaptive",
    "common_jump",
    "convolution",
    "cubic",
    "depth_to_space",
    "flip",
    "linear",
    "nearest",
    "part",
    "shift",
    "so_far",
    "space_to_depth",
    "strided_slice",
    "tiled",
    "transposed",
]
