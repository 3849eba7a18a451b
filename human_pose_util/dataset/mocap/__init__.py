"""Plain motion capture, ASF/AMC and BVH with the skeleton of the CMU data base, as a data set."""

from human_pose_util.dataset.mocap.dataset import load

__all__ = ["load"]
