"""A stand-in for Human3.6M that needs no licence: people who move, seen by four cameras.

`python -m human_pose_util.demo OUT_DIR` writes CDF files in Human3.6M's layout. The movement is
computed, not measured: bodies with anthropometric proportions, Winter's gait, and a vocabulary of
stances and gestures for the other actions. Good for a first run, tests and development; numbers
to publish need the real data.
"""

from human_pose_util.demo.actions import ACTIONS, FPS, perform
from human_pose_util.demo.body import SUBJECTS, Body, make_body
from human_pose_util.demo.cameras import CAMERAS, IMAGE_SIZE, Camera
from human_pose_util.demo.write import Recipe, write_tree

__all__ = [
    "ACTIONS",
    "CAMERAS",
    "FPS",
    "IMAGE_SIZE",
    "SUBJECTS",
    "Body",
    "Camera",
    "Recipe",
    "make_body",
    "perform",
    "write_tree",
]
