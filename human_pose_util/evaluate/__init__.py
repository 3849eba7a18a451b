"""How far inferred poses are from the truth: metrics, reports and their pictures."""
