"""The skeletons that the project knows, and the conversions between them."""

from human_pose_util.skeleton.converter import CONVERTERS as _BASIC_CONVERTERS
from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.keypoints import BODY_25, COCO_17, COCO_18, KEYPOINTS
from human_pose_util.skeleton.mpi_inf import MPI17, MPI21, MPI28, MPI_CONVERTERS
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import EVA_15, H36M_17, S14, S16, S20, S24
from human_pose_util.skeleton.smpl import SMPL24, SMPL_CONVERTERS

SKELETONS = (S14, S16, S20, S24, H36M_17, EVA_15, MPI28, MPI17, MPI21, SMPL24, *KEYPOINTS)
CONVERTERS = (*_BASIC_CONVERTERS, *MPI_CONVERTERS, *SMPL_CONVERTERS)

__all__ = [
    "BODY_25",
    "COCO_17",
    "COCO_18",
    "CONVERTERS",
    "EVA_15",
    "H36M_17",
    "MPI17",
    "MPI21",
    "MPI28",
    "S14",
    "S16",
    "S20",
    "S24",
    "SKELETONS",
    "SMPL24",
    "Converter",
    "Skeleton",
]
