"""The picture of the errors by joint."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from human_pose_util.evaluate.joint_errors import JointErrors, rest_pose
from human_pose_util.skeleton import S24
from human_pose_util.vis.error_plot import ROOM, draw_joints
from tests.helpers import walking_figure as walker


def dots(pose, distances):
    """The dots of the joints in the picture."""
    ax = Figure().subplots()
    draw_joints(ax, JointErrors(S24, distances, pose))
    return ax.collections[-1]


def test_no_joint_covers_another_one():
    """Even of a person whose left hand is on the right elbow."""
    pose = rest_pose(walker.walk(20), S24)
    hand = [S24.joint_index(f"l_{name}") for name in ("wrist", "thumb", "little")]
    pose[hand] = pose[S24.joint_index("r_elbow")]
    points = dots(pose, np.ones((5, 24))).get_offsets()
    between = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(between, np.inf)
    assert between.min() > 0.8 * ROOM * np.linalg.norm(np.ptp(points, axis=0))


def test_colours_reach_from_the_least_error_to_the_largest():
    errors = np.linspace(21, 34, 24)
    norm = dots(rest_pose(walker.walk(5), S24), np.tile(errors, (3, 1))).norm
    assert (norm.vmin, norm.vmax) == pytest.approx((21, 34))


def test_the_person_of_the_picture_has_stretched_limbs_and_faces_front():
    pose = rest_pose(walker.walk(20), S24)
    at = {name: pose[S24.joint_index(name)] for name in S24.joints}
    arm = at["l_wrist"] - at["l_shoulder"]
    assert arm / np.linalg.norm(arm) == pytest.approx([1, 0, 0], abs=0.01)
    lengths = [np.linalg.norm(at[f"l_{a}"] - at[f"l_{b}"]) for a, b in
               (("shoulder", "elbow"), ("elbow", "wrist"))]  # fmt: skip
    assert np.linalg.norm(arm) == pytest.approx(sum(lengths))
    assert at["l_ankle"][2] < at["l_knee"][2] < at["l_hip"][2]
    assert at["l_toes"][1] < at["l_ankle"][1]  # the viewer is at −y
