"""The search: starts, proposals, the choice among hypotheses, and how sure a pose is."""
