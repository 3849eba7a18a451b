"""2D keypoints of a film: the files of detectors, the people in them, and their paths."""

from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.formats import FORMATS, read_detections
from human_pose_util.keypoints.people import Person, select_people, track_people

__all__ = ["FORMATS", "Detections", "Person", "read_detections", "select_people", "track_people"]
