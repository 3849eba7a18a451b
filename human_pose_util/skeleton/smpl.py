"""The 24 joints of the body model SMPL, and their converter.

Loper et al., "SMPL: A Skinned Multi-Person Linear Model", SIGGRAPH Asia 2015.
"""

from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import S14, links

SMPL24 = Skeleton(
    "smpl24",
    links(
        "pelvis l_hip<pelvis r_hip<pelvis spine1<pelvis l_knee<l_hip r_knee<r_hip spine2<spine1 "
        "l_ankle<l_knee r_ankle<r_knee spine3<spine2 l_foot<l_ankle r_foot<r_ankle neck<spine3 "
        "l_collar<spine3 r_collar<spine3 head<neck l_shoulder<l_collar r_shoulder<r_collar "
        "l_elbow<l_shoulder r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow "
        "l_hand<l_wrist r_hand<r_wrist"
    ),
)

SMPL_CONVERTERS = (Converter(SMPL24, S14, {}),)
