"""What is fitted: poses and their placement, what a sequence shares, and the observations."""
