"""MMPose's JSON: frames with their instances, in three spellings."""

from pathlib import Path
from typing import Any

from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections


def read_frames(content: list | dict[str, Any], path: Path) -> RawDetections:
    """People {keypoints: [[x, y], …], keypoint_scores: […], track_id} in frames.

    A frame is a list of people, or {frame_id, instances}; the frames are a list, or the
    `instance_info` of an object. A list of people alone is one frame.

    Args:
        content: the value in the JSON file.
        path: the file, for error messages.

    Raises:
        DataError: the file is broken.
    """
    frames = content["instance_info"] if isinstance(content, dict) else content
    instances.require(isinstance(frames, list), str(path), "a list of frames", frames)
    if frames and all(isinstance(f, dict) and "keypoints" in f for f in frames):
        frames = [frames]
    images, persons = [], []
    for i, frame in enumerate(frames):
        where = f"{path}: frame {i}"
        if isinstance(frame, dict):
            people = instances.require_key(frame, "instances", where)
            image = instances.parse_image_name({"frame_id": i, **frame}, "frame_id", where)
        else:
            image, people = i, frame
        images.append(image)
        for person in instances.require_objects(people, where, "instances"):
            points = instances.require_key(person, "keypoints", f"{where}: an instance")
            number, scores = person.get("track_id"), person.get("keypoint_scores")
            persons.append(instances.parse_person(image, points, where, number, scores))
    return instances.collect(persons, images, str(path))
