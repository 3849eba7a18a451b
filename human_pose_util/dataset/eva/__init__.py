"""HumanEva-I (Sigal, Balan and Black, IJCV 2010), from the files of a licensed user."""

from human_pose_util.dataset.eva.dataset import load

__all__ = ["load"]
