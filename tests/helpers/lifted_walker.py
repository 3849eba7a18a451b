"""Poses of someone who walks, as the lift of a film returns them."""

import numpy as np

from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.keypoints.detections import with_confidence
from human_pose_util.skeleton import S24
from human_pose_util.skeleton.mapping import keypoint_mapping
from lifting.fit.lifted import Lifted
from lifting.fit.quality import quality
from lifting.input.keypoint_input import Film, Sighting

FPS, N = 25.0, 100
"""Frames per second and number of frames of the walk."""


def walker(drift: float = 0.0) -> Lifted:
    """Someone who walks while the world drifts along x by a speed [m/s]."""
    p3w = example()[1][:N].astype(float)
    p3w[..., 0] += 1000 * drift / FPS * np.arange(N)[:, None]
    p2, mapping = np.zeros((N, S24.n_joints, 2)), keypoint_mapping(S24, S24)
    seen = Sighting(with_confidence(p2), mapping, 1.0, Film((1920, 1080), FPS))
    return Lifted(
        p3w=p3w,
        p3c=p3w,
        skeleton=S24,
        extrapolated=np.zeros((N, S24.n_joints), bool),
        std=p2[..., 0],
        status=np.zeros(N, int),
        cost=np.zeros(N),
        camera=Camera(np.eye(3), np.zeros(3), np.ones(2), np.zeros(2)),
        fps=FPS,
        height=1700.0,
        keypoint_mapping=mapping,
        quality=quality(p3w, np.ones((N, 2)), p2, p2[..., 0], seen, 1.0),
    )
