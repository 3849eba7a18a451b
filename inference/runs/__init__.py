"""Runs: every sequence of a data set, inferred and written into the results file."""
