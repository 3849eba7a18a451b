"""Cameras that turn, sway or lie on their side: found from people, and taken away."""
