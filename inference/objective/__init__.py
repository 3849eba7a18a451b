"""The objective: one file for each term, and their sum with its derivatives."""
