"""MPI-INF-3DHP (Mehta et al., 3DV 2017), from the files of a licensed user."""

from human_pose_util.dataset.mpi_inf.dataset import load

__all__ = ["load"]
