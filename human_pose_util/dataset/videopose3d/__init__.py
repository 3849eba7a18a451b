"""Data sets from VideoPose3D's `.npz` files (Pavllo et al., CVPR 2019).

The 3D files hold world positions in metres and no cameras. VideoPose3D's scripts write the exact
image points along with them, to which the cameras are fitted.
"""

from human_pose_util.dataset.videopose3d.h36m import load_h36m
from human_pose_util.dataset.videopose3d.humaneva import load_humaneva

__all__ = ["load_h36m", "load_humaneva"]
