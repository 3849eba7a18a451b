"""MMPose's JSON: frames with their instances, in three spellings, or a file for each image."""

from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.film_facts import names_of
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.image_names import ImageName

_KEYS = {"instances", "keypoints"}


def _holds(value: Any) -> bool:
    """Whether a JSON value is a list of people, or {instances} of an image."""
    return _is_people(value) or (isinstance(value, dict) and "instances" in value)


def _is_people(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and "keypoints" in first


def _recognise(source: Source) -> bool:
    if source.kind == "folder":
        return source.images(_holds) is not None
    content = source.json
    if isinstance(content, dict):
        return "instance_info" in content
    first = content[0] if isinstance(content, list) and content else None
    return isinstance(first, list) or (isinstance(first, dict) and bool(_KEYS & set(first)))


def _read(source: Source) -> RawDetections:
    """People {keypoints: [[x, y], …], keypoint_scores: […], track_id} in frames.

    A frame is a list of people, or {frame_id, instances}; the frames are a list, or the
    `instance_info` of an object. A list of people alone is one frame.
    """
    names = None
    if source.kind == "folder":
        _check_images(source)
        frames: Any = list(source.json_members.values())
        images: list[ImageName] = list(source.json_members)
    else:
        content = source.json
        frames = content["instance_info"] if isinstance(content, dict) else content
        names = _joint_names(content.get("meta_info")) if isinstance(content, dict) else None
        instances.require(isinstance(frames, list), str(source.path), "a list of frames", frames)
        if frames and all(isinstance(f, dict) and "keypoints" in f for f in frames):
            frames = [frames]
        images = list(range(len(frames)))
    persons = []
    for i, frame in enumerate(frames):
        where = f"{source.path}: frame {images[i]}"
        people = frame
        if isinstance(frame, dict):
            people = instances.require_key(frame, "instances", where)
            named = {"frame_id": images[i], **frame}
            images[i] = instances.parse_image_name(named, "frame_id", where)
        for person in instances.require_objects(people, where, "instances"):
            points = instances.require_key(person, "keypoints", f"{where}: an instance")
            number, scores = person.get("track_id"), person.get("keypoint_scores")
            persons.append(instances.parse_person(images[i], points, where, number, scores))
    return instances.collect(persons, images, str(source.path), names=names)


def _check_images(source: Source) -> None:
    """Raise DataError where a file of a folder has people of several images, as that of a film."""
    for stem, value in source.json_members.items():
        people = value if isinstance(value, list) else []
        if len({str(p["image_id"]) for p in people if isinstance(p, dict) and "image_id" in p}) > 1:
            raise DataError(
                f"{source.path} holds files of several images each, like {stem}.json: give one of "
                "the files"
            )


def _joint_names(meta: Any) -> tuple[str, ...] | None:
    """The names of the keypoints in the file's `meta_info`, which has them as a list or by id."""
    listed = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if isinstance(listed, dict):
        try:
            listed = [listed[key] for key in sorted(listed, key=int)]
        except ValueError:
            return None
    return names_of(listed)


FORMAT = Format("mmpose", _recognise, _read)
