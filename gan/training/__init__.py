"""Training: the losses, the update rules, the compiled loops and the runs around them."""
