"""2D keypoints of a film: reading what detectors write, and following people through it."""

from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.reading import FORMATS, read_detections
from human_pose_util.keypoints.tracking import Person, choose, people

__all__ = ["FORMATS", "Detections", "Person", "choose", "people", "read_detections"]
