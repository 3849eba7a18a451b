"""Scenes drawn by OpenGL: in a glumpy window in real time, or in memory without a screen."""
