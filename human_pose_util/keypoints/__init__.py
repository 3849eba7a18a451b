"""2D keypoints of a film: the files of detectors, the people in them, and their paths."""

from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.film_choice import ALL_FILMS
from human_pose_util.keypoints.formats import FORMATS, check_names, read_detections, read_films
from human_pose_util.keypoints.people import Person, select_people, track_people

__all__ = [
    "ALL_FILMS",
    "FORMATS",
    "Detections",
    "Person",
    "check_names",
    "read_detections",
    "read_films",
    "select_people",
    "track_people",
]
