"""AlphaPose's JSON by names of images: its forms "open" and "cmu", and tracks.

Its usual list of results is COCO's (`coco.py`); its files of single images are like OpenPose's.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files import openpose
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import collect, parse_person, require_key, require_objects
from human_pose_util.skeleton import COCO_18


def _holds(value: Any) -> bool:
    """Whether a value is what AlphaPose writes for an image: of form open or cmu, or tracked."""
    return openpose.holds(value) or _is_tracked(value)


def _is_tracked(value: Any) -> bool:
    """Whether a value is what PoseFlow writes for an image: people with flat keypoints."""
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, dict) or "image_id" in first:
        return False
    return "idx" in first and "keypoints" in first


def _recognise(source: Source) -> bool:
    if source.kind == "folder":
        return openpose.is_by_alphapose(source)
    return not openpose.holds(source.json) and source.images(_holds) is not None


def _read(source: Source) -> RawDetections:
    if source.kind == "folder":
        return _without_false_neck(openpose.read(source))
    images = source.images(_holds) or []
    persons = []
    for image, value in images:
        where = f"{source.path}: image {image!r:.80}"
        if isinstance(value, dict):
            persons += openpose.people(value, image, where)
            continue
        for person in require_objects(value or [], where, "people"):
            points = require_key(person, "keypoints", where)
            persons.append(parse_person(image, points, where, person.get("idx")))
    raw = collect(persons, [image for image, _ in images], str(source.path))
    return _without_false_neck(raw)


def _without_false_neck(raw: RawDetections) -> RawDetections:
    """Detections without a neck that is none.

    The forms open and cmu take the keypoint after COCO's 17 for the neck. With models of Halpe's
    keypoints it is the top of the head: nearer to the nose than to the middle of the shoulders.
    """
    if raw.keypoints.shape[1] != COCO_18.n_joints:
        return raw
    points = np.where(raw.keypoints[..., 2:] > 0, raw.keypoints[..., :2], np.nan)
    nose, neck, right, left = (
        points[:, COCO_18.joint_index(j)] for j in ("nose", "neck", "r_shoulder", "l_shoulder")
    )
    to_nose = np.linalg.norm(neck - nose, axis=1)
    to_shoulders = np.linalg.norm(neck - (left + right) / 2, axis=1)
    known = np.isfinite(to_nose) & np.isfinite(to_shoulders)
    if not known.any() or np.median((to_nose - to_shoulders)[known]) > 0:
        return raw
    keypoints = raw.keypoints.copy()
    keypoints[:, COCO_18.joint_index("neck"), 2] = 0
    note = "the neck does not count: it is the top of the head, as of models with Halpe's keypoints"
    return replace(raw, keypoints=keypoints, notes=(*raw.notes, note))


FORMAT = Format("alphapose", _recognise, _read, synonyms=("openpose",))
