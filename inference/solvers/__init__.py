"""Solvers: one file for each method, and what compiles them for batches."""
