"""`python -m rfsolve`."""

from rfsolve.cli.main import main

main()
