"""MPI-INF-3DHP (Mehta et al., 3DV 2017), from the files of a licensed user."""

from human_pose_util.dataset.mpi_inf.dataset import EVAL_SUBJECTS, load
from human_pose_util.skeleton import MPI17, MPI28

__all__ = ["EVAL_SUBJECTS", "MPI17", "MPI28", "load"]
