"""3DPW (von Marcard et al., ECCV 2018), from the files of a licensed user."""

from human_pose_util.dataset.pw3d.dataset import load

__all__ = ["load"]
