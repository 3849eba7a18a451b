"""A level camera that looks down, what it sees of people, and verticals that are wrong."""

import numpy as np

from human_pose_util.transforms import rotation_about
from lifting.stance.film_poses import FilmPoses

FPS = 25.0
DOWN = np.radians(20)
UP = np.array([0.0, -np.cos(DOWN), -np.sin(DOWN)])
"""The vertical in the frame of a camera that looks 20 degrees down."""
R = np.stack([[1.0, 0.0, 0.0], np.cross(UP, [1.0, 0.0, 0.0]), UP], axis=1)


def in_camera(p3w, height=1500.0):
    """Poses [n, n_joints, 3] of the world, 4 m before a camera at a height [mm]."""
    return (p3w + [0.0, 4000.0, -height]) @ R.T


def poses_of(p3w, up=UP):
    """Poses before that camera, of which the networks tell a vertical."""
    return FilmPoses(in_camera(p3w), np.tile(up, (len(p3w), 1)), np.ones(p3w.shape[:2], bool))


def degrees_off(a, b):
    return np.degrees(np.arccos(np.clip(a @ b, -1, 1)))


def leaning(angle):
    """The vertical as poses tell it, wrong by an angle [degrees] to the side."""
    return rotation_about(np.radians(angle), "z") @ UP


def pitched(angle):
    """The vertical as poses tell it, wrong by an angle [degrees] to the front."""
    return rotation_about(np.radians(angle), "x") @ UP
