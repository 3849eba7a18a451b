"""Writes detections in the formats of all detectors.

`frames` holds a list of arrays [n_keypoints, 3] for each frame, one array for each person; a
keypoint (0, 0, 0) is not visible. `ids` holds the number of each person in each frame.
"""

import json
from pathlib import Path

import numpy as np

Frames = list[list[np.ndarray]]


def flat(person: np.ndarray) -> list[float]:
    return person.ravel().tolist()


def dump(path: Path, content) -> Path:
    path.write_text(json.dumps(content))
    return path


def openpose(path: Path, frames: Frames, ids=None, start: int = 0, key="pose_keypoints_2d") -> Path:
    folder = path / "openpose"
    folder.mkdir()
    for i, people in enumerate(frames):
        content = [
            {"person_id": [ids[i][j] if ids else -1], key: flat(person), "face_keypoints_2d": []}
            for j, person in enumerate(people)
        ]
        dump(folder / f"film_{i + start:012d}_keypoints.json", {"version": 1.3, "people": content})
    return folder


def results(path: Path, frames: Frames, ids=None, image=lambda i: i + 1) -> Path:
    content = [
        {"image_id": image(i), "category_id": 1, "keypoints": flat(person), "score": 0.9}
        | ({"idx": ids[i][j]} if ids else {})
        for i, people in enumerate(frames)
        for j, person in enumerate(people)
    ]
    return dump(path / "results.json", content)


def alphapose(path: Path, frames: Frames, ids=None) -> Path:
    return results(path, frames, ids, image=lambda i: f"{i}.jpg")


def mmpose(path: Path, frames: Frames, ids=None, spelling: str = "instance_info") -> Path:
    content = [
        [
            {"keypoints": person[:, :2].tolist(), "keypoint_scores": person[:, 2].tolist()}
            | ({"track_id": ids[i][j]} if ids else {})
            for j, person in enumerate(people)
        ]
        for i, people in enumerate(frames)
    ]
    if spelling != "lists":
        content = [{"frame_id": i + 1, "instances": people} for i, people in enumerate(content)]
    if spelling == "instance_info":
        content = {"meta_info": {"dataset_name": "coco"}, "instance_info": content}
    return dump(path / "mmpose.json", content)


def annotations(path: Path, frames: Frames, ids=None) -> Path:
    """COCO's annotations; the confidence has to be 0, 0.5 or 1."""
    people = [
        {"image_id": 100 - i, "keypoints": flat(person * [1, 1, 2])}
        | ({"track_id": ids[i][j]} if ids else {})
        for i, people in enumerate(frames)
        for j, person in enumerate(people)
    ]
    images = [
        {"id": 100 - i, "file_name": f"film/{i:06d}.png", "width": 640, "height": 480}
        for i in range(len(frames))
    ]
    return dump(path / "annotations.json", {"images": images, "annotations": people})
