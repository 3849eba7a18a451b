"""The 28 joints of MPI-INF-3DHP, 17 and 21 of them, and their converters."""

from dataclasses import replace

from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import S14, arm, leg, limb, links

MPI28 = Skeleton(
    "mpi28",
    (
        *links("spine3<spine2 spine4<spine3 spine2<spine spine<pelvis pelvis"),
        *links("neck<spine4 head<neck head_top<head"),
        *limb("lr", "neck", "clavicle", "shoulder", "elbow", "wrist", "hand"),
        *limb("lr", "pelvis", "hip", "knee", "ankle", "foot", "toe"),
    ),
    head="head_top",
)

MPI17 = Skeleton(
    "mpi17",
    (
        *links("head_top<neck neck<spine"),
        *arm("rl", "neck"),
        *leg("rl", "pelvis"),
        *links("pelvis spine<pelvis head<neck"),
    ),
    head="head_top",
)

MPI21 = replace(
    MPI17,
    id="mpi21",
    links=(
        *MPI17.links,
        *links("r_hand<r_wrist l_hand<l_wrist r_toe<r_ankle l_toe<l_ankle"),
    ),
)
"""The 17 joints that are evaluated, and the hands and toes."""

MPI_CONVERTERS = (
    Converter(MPI28, MPI17, {}),
    Converter(MPI28, MPI21, {}),
    Converter(MPI21, MPI17, {}),
    Converter(MPI21, S14, {"head": "head_top"}),
    Converter(MPI28, S14, {"head": "head_top"}),
    Converter(MPI17, S14, {"head": "head_top"}),
)
