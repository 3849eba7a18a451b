"""A stand-in for Human3.6M that needs no licence: computed people, filmed by four cameras.

`python -m computed_people OUT_DIR` writes CDF files in the layout of Human3.6M. The motion is
computed, not measured: bodies have anthropometric proportions, walkers follow Winter's gait curves,
and other actions use a vocabulary of stances and of places for hands. The data serve for a first
run, for tests and for development; numbers to publish need the real data.
"""

from computed_people.actions import ACTIONS, FPS, perform
from computed_people.body import SUBJECTS, Body, make_body
from computed_people.cameras import CAMERAS, IMAGE_SIZE
from computed_people.cdf_writer import Recipe, write_tree

__all__ = [
    "ACTIONS",
    "CAMERAS",
    "FPS",
    "IMAGE_SIZE",
    "SUBJECTS",
    "Body",
    "Recipe",
    "make_body",
    "perform",
    "write_tree",
]
