"""How far inferred or generated poses are from true ones: metrics, and reports of their values."""
