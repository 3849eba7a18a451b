"""A stand-in for Human3.6M that needs no licence: people who move, seen by four cameras.

`python -m computed_people OUT_DIR` writes CDF files in Human3.6M's layout. The movement is
computed, not measured: bodies with anthropometric proportions, Winter's gait, and a vocabulary of
stances and gestures for the other actions. Good for a first run, tests and development; numbers
to publish need the real data.
"""

from computed_people.actions import ACTIONS, FPS, perform
from computed_people.body import SUBJECTS, Body, make_body
from computed_people.cameras import CAMERAS, IMAGE_SIZE, Camera
from computed_people.write import Recipe, write_tree

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
