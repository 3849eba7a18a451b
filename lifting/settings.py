"""The settings of lifts, the one place of their defaults."""

from dataclasses import asdict, dataclass

import numpy as np

from human_pose_util.arguments import check_number
from inference.settings import SearchSettings

SKELETON, SIZE = "coco17", (1920, 1080)
"""The skeleton of keypoints, and the size of a stream's image (width, height) [px], for callers
from Python; the command takes those of the file."""

HEIGHTS = (1.1, 2.3)
"""Least and largest height [m] of people; one that a camera file makes of others is in doubt."""

PERSON = 390.0
"""Size of people [px] in the images for which the weights were chosen; images are scaled to it."""

SMOOTHNESS = 1.8e-5
"""Weight of the smoothness of motion, about its trend: for motion at 24 to 60 Hz, between jitter
and lag. With 3e-6, the acceleration error of real films is 3.2 instead of 2.3 mm/frame²."""

STREAM_SHARE = 1 / 6
"""Factor of the weight of smoothness in a stream, which knows the trend of its window less well."""

CONTACTS = 5e-3
"""Weight of feet that stand still. In real films it lowers the speed of standing ankles from 0.24
to 0.08 m/s, at most 0.10, and leaves poses as they are. With 3e-3 it is at most 0.11, and motion
capture before hand-held cameras, which sway, has errors that are 0.1 mm smaller."""

STREAM_CONTACTS = 4.0
"""Factor of the weight of feet that stand still in a stream, whose window is short. It lowers the
speed of standing ankles from 0.48 to 0.38 m/s; with 10 it is lower still, but errors of motion
capture before hand-held cameras, which sway, are larger by 0.3 instead of 0.2 mm."""


@dataclass(frozen=True)
class MotionWeights:
    """Weights of the motion of people.

    Attributes:
        smoothness: weight of half the squared differences of joint velocities from their trend
            (`inference.model.trend`); with 0, and `contacts` 0, every frame is fitted by itself.
        contacts: weight of half the squared velocities of feet that stand still; 0 for no such
            term, and no floor on which feet stand.

    Raises:
        SpecError: a weight that is negative or not finite.
    """

    smoothness: float = SMOOTHNESS
    contacts: float = CONTACTS

    def __post_init__(self):
        for name, weight in asdict(self).items():
            check_number(name, weight, lambda w: 0 <= w < np.inf, "a number that is 0 or more")


FLOOR = 3.0
"""Weight of the distances of feet that stand from the floor. In real films it lowers errors from
64.4 to 63.3 mm, of motion capture before a camera that stands still from 36.1 to 35.7; before a
hand-held camera, which sways, it raises them from 36.2 to 36.35."""

WITH_PROPOSALS = SearchSettings(
    critic_weight=3e-5, prior_weight=1e-5, proposal_weight=2e-6, body_weight=0.1, tol=5e-3
)
WITHOUT_PROPOSALS = SearchSettings(prior_weight=3e-5, body_weight=0.1, n_starts=8, tol=5e-3)
"""Settings for GANs with and without a proposal network, tuned on motion capture that virtual
hand-held cameras observe. With a `prior_weight` of 3e-6 that motion is fitted better by 1 mm where
nothing is wrong with the keypoints, and worse by 0.5 mm where a detector errs; on real films it is
worse by 3 mm. A `body_weight` of 0.3 or more makes the bones of frames more equal, but frames that
start with a limb on the wrong side in depth can no longer cross over: errors grow by 1 to 3 mm."""


REFINEMENT = 2.0
"""Assumed standard deviation of a keypoint [px, of a person of `PERSON` px] in the refinement of
poses (`inference.search.refinement`)."""

ROBUST_SCALE = 40.0
"""Error of a keypoint [px, of a person of `PERSON` px] beyond which it pulls less in a stream. The
path of a keypoint goes along with a last detection that jumps, since nothing contradicts it yet;
the poses before do. With 15, fast limbs count as jumps, and errors are 3 to 4 % larger."""
