"""The keypoints of computed people who walk, in the skeleton of any detector."""

from functools import cache

import numpy as np

from computed_people.detector import keypoint_positions
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import S24
from human_pose_util.skeleton.anatomy import standing
from tests.helpers.walking_figure import camera, walk

SIZE = (1024, 1024)


@cache
def detected_walk(skeleton_id: str, n: int = 24) -> np.ndarray:
    """[n, n_joints, 3] x, y [px] and the confidence 1 of a person who walks.

    Joints that the walk does not have move with the middle of the body.
    """
    skeleton = get_skeleton(skeleton_id)
    joints = walk(n)
    points = keypoint_positions(joints, skeleton)
    middle = joints[:, [S24.joint_index("l_hip"), S24.joint_index("r_hip")]].mean(axis=1)
    x, y, z = np.moveaxis(1000 * standing(skeleton), -1, 0)
    upright = np.stack([x, -y, z - 930], axis=-1) + middle[:, None]
    p2 = camera().project_world(np.where(np.isnan(points), upright, points))
    return np.concatenate([p2, np.ones((*p2.shape[:2], 1))], axis=-1).round(3)
