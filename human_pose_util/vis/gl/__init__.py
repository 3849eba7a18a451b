"""Poses in a glumpy window, in real time, or drawn by OpenGL without a screen."""
