"""rfsolve finds and proves the cheapest convolutional network that sees objects of a given size."""

__version__ = "0.1.0"
