"""Human3.6M, from the CDF files of its archives."""

from human_pose_util.dataset.h3m.dataset import load

__all__ = ["load"]
