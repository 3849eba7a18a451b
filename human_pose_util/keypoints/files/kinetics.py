"""The JSON of Kinetics-skeleton: {data: [{frame_index, skeleton: [{pose, score}]}], label}."""

from itertools import chain
from typing import Any

from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source


def _recognise(source: Source) -> bool:
    content = source.json
    frames = content.get("data") if isinstance(content, dict) else None
    return isinstance(frames, list) and any(isinstance(f, dict) and "skeleton" in f for f in frames)


def _read(source: Source) -> RawDetections:
    images, persons = [], []
    frames = instances.require_objects(source.json["data"], f"{source.path}: data", "frames")
    for i, frame in enumerate(frames):
        where = f"{source.path}: frame {i}"
        image = instances.parse_image_name({"frame_index": i, **frame}, "frame_index", where)
        images.append(image)
        people = instances.require_key(frame, "skeleton", where)
        for person in instances.require_objects(people, where, "people"):
            flat = _flat(instances.require_key(person, "pose", where))
            instances.require(len(flat) % 2 == 0, where, "pairs of numbers", flat)
            pairs = [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]
            number, scores = person.get("track_id"), person.get("score")
            scores = None if scores is None else _flat(scores)
            persons.append(instances.parse_person(image, pairs, where, number, scores))
    return instances.collect(persons, images, str(source.path))


def _flat(values: Any) -> list:
    """A list of numbers, which may be in lists."""
    if isinstance(values, list) and values and all(isinstance(v, list) for v in values):
        return list(chain.from_iterable(values))
    return values if isinstance(values, list) else [values]


FORMAT = Format("kinetics", _recognise, _read)
