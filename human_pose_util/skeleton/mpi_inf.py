"""MPI-INF-3DHP's 28 joints, the 17 of them that are evaluated, and what they convert to."""

from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import S14


def _chain(start: str, *joints: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(joints, (start, *joints[:-1]), strict=True))


def _arm(side: str) -> tuple[tuple[str, str], ...]:
    names = ("clavicle", "shoulder", "elbow", "wrist", "hand")
    return _chain("neck", *(f"{side}_{name}" for name in names))


def _leg(side: str) -> tuple[tuple[str, str], ...]:
    return _chain("pelvis", *(f"{side}_{name}" for name in ("hip", "knee", "ankle", "foot", "toe")))


MPI28 = Skeleton(
    "mpi28",
    (
        ("spine3", "spine2"),
        ("spine4", "spine3"),
        ("spine2", "spine"),
        ("spine", "pelvis"),
        ("pelvis", None),
        ("neck", "spine4"),
        ("head", "neck"),
        ("head_top", "head"),
        *_arm("l"),
        *_arm("r"),
        *_leg("l"),
        *_leg("r"),
    ),
    head="head_top",
)

MPI17 = Skeleton(
    "mpi17",
    (
        ("head_top", "neck"),
        ("neck", "spine"),
        *_chain("neck", "r_shoulder", "r_elbow", "r_wrist"),
        *_chain("neck", "l_shoulder", "l_elbow", "l_wrist"),
        *_chain("pelvis", "r_hip", "r_knee", "r_ankle"),
        *_chain("pelvis", "l_hip", "l_knee", "l_ankle"),
        ("pelvis", None),
        ("spine", "pelvis"),
        ("head", "neck"),
    ),
    head="head_top",
)

MPI_CONVERTERS = (
    Converter(MPI28, MPI17, {}),
    Converter(MPI28, S14, {"head": "head_top"}),
    Converter(MPI17, S14, {"head": "head_top"}),
)
