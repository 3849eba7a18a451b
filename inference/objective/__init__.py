"""The objective: its terms, and their sum with its derivatives."""
