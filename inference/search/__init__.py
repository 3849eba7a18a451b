"""The search: starts, proposals, hypotheses, refined poses, and how sure a pose is."""
