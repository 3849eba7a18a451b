"""MMPose's JSON: frames with their instances, in three spellings."""

from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import Raw
from human_pose_util.keypoints.instances import (
    Instance,
    image_of,
    objects,
    person_id,
    raw_of,
    shown,
    triples,
)


def read_frames(content: list | dict[str, Any], path: Path) -> Raw:
    """People {keypoints: [[x, y], …], keypoint_scores: […], track_id} in frames.

    A frame is a list of them, or {frame_id, instances}; the frames are a list, or the
    `instance_info` of an object. A list of people alone is one frame.

    Raises:
        DataError: it is broken.
    """
    frames = content["instance_info"] if isinstance(content, dict) else content
    if not isinstance(frames, list):
        raise DataError(f"{path}: expected a list of frames, got {shown(frames)}")
    if frames and all(isinstance(f, dict) and "keypoints" in f for f in frames):
        frames = [frames]
    images, instances = [], []
    for i, frame in enumerate(frames):
        where = f"{path}: frame {i}"
        image, people = _frame(frame, i, where)
        images.append(image)
        for person in objects(people, where, "instances"):
            instances.append(_instance(person, image, where))
    return raw_of(instances, images, str(path))


def _frame(frame: Any, i: int, where: str) -> tuple[int | str, Any]:
    """A frame's number and its people."""
    if isinstance(frame, dict):
        if "instances" not in frame:
            raise DataError(f"{where} has no instances")
        return image_of(frame.get("frame_id", i), where), frame["instances"]
    return i, frame


def _instance(person: dict, image: int | str, where: str) -> Instance:
    if "keypoints" not in person:
        raise DataError(f"{where}: an instance has no keypoints")
    keypoints = triples(person["keypoints"], where, person.get("keypoint_scores"))
    return Instance(image, keypoints, person_id(person.get("track_id")))
