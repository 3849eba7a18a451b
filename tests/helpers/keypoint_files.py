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


def pose2sim(path: Path, frames: Frames, name="cam01.{:04d}.json") -> Path:
    folder = path / "cam01_json"
    folder.mkdir()
    for i, people in enumerate(frames):
        content = [{"person_id": [-1], "pose_keypoints_2d": flat(person)} for person in people]
        dump(folder / name.format(i), {"version": 1.3, "people": content})
    return folder


def sep_json(path: Path, frames: Frames, form: str = "open") -> Path:
    """AlphaPose's files of single images."""
    folder = path / "sep-json"
    folder.mkdir()
    for name, content in _alphapose_images(frames, form).items():
        dump(folder / name.replace(".jpg", ".json"), content)
    return folder


def alphapose_form(path: Path, frames: Frames, form: str = "open") -> Path:
    return dump(path / "alphapose-results.json", _alphapose_images(frames, form))


def _alphapose_images(frames: Frames, form: str) -> dict:
    people, points = {"open": ("people", "pose_keypoints_2d"), "cmu": ("bodies", "joints")}[form]
    return {
        f"{i}.jpg": {
            "version": "AlphaPose v0.3",
            people: [{points: flat(person)} for person in content],
        }
        for i, content in enumerate(frames)
    }


def poseflow(path: Path, frames: Frames, ids) -> Path:
    content = {
        f"frame{i}.jpg": [
            {"keypoints": flat(person), "scores": 2.5, "idx": ids[i][j]}
            for j, person in enumerate(people)
        ]
        for i, people in enumerate(frames)
    }
    return dump(path / "alphapose-results-forvis-tracked.json", content)


def ultralytics(path: Path, frames: Frames, ids=None, spelling: str = "lists", size=None) -> Path:
    content = [
        [
            {
                "name": "person",
                "class": 0,
                "confidence": 0.9,
                "box": {"x1": 1.0, "y1": 1.0, "x2": 9.0, "y2": 9.0},
                "keypoints": {
                    "x": (person[:, 0] / (size[0] if size else 1)).tolist(),
                    "y": (person[:, 1] / (size[1] if size else 1)).tolist(),
                    "visible": person[:, 2].tolist(),
                },
            }
            | ({"track_id": ids[i][j]} if ids else {})
            for j, person in enumerate(people)
        ]
        for i, people in enumerate(frames)
    ]
    if spelling == "lines":
        file = path / "results.jsonl"
        file.write_text("".join(json.dumps(people) + "\n" for people in content))
        return file
    if spelling == "folder":
        folder = path / "ultralytics"
        folder.mkdir()
        for i, people in enumerate(content):
            dump(folder / f"film_{i:05d}.json", people)
        return folder
    if spelling == "strings":
        content = [json.dumps(people) for people in content]
    return dump(path / "ultralytics.json", content)


def yolo_labels(path: Path, frames: Frames, size, ids=None, confident=False) -> Path:
    """Ultralytics' `save_txt`: no file for an image without people."""
    folder = path / "labels"
    folder.mkdir()
    for i, people in enumerate(frames):
        lines = []
        for j, person in enumerate(people):
            points = (person / [*size, 1]).ravel()
            numbers = [0, 0.5, 0.5, 0.2, 0.4, *points, *([0.93] if confident else [])]
            lines.append(" ".join(f"{n:.9g}" for n in [*numbers, *([ids[i][j]] if ids else [])]))
        if lines:
            (folder / f"film_{i + 1}.txt").write_text("\n".join(lines) + "\n")
    return folder


def tfjs(path: Path, frames: Frames, names, wrapper: str | None = "poses") -> Path:
    content = [
        [
            {
                "score": 0.8,
                "keypoints": [
                    {"x": x, "y": y, "score": c, "name": name}
                    for (x, y, c), name in zip(person.tolist(), names, strict=True)
                ],
                "keypoints3D": [{"x": 0.1, "y": 0.1, "z": 0.1, "name": name} for name in names],
            }
            for person in people
        ]
        for people in frames
    ]
    if wrapper:
        content = [{"frame": i, wrapper: people} for i, people in enumerate(content)]
    return dump(path / "movenet.json", content)


def mediapipe(path: Path, frames: Frames, size, spelling: str = "landmarks") -> Path:
    """The first person of each frame, as shares of the image, except for `own`, in pixels."""
    people = [people[0] if people else None for people in frames]
    objects = [
        None
        if person is None
        else [
            {"x": x / size[0], "y": y / size[1], "z": -0.3, "visibility": c}
            for x, y, c in person.tolist()
        ]
        for person in people
    ]
    world = [{"x": 0.1, "y": 0.2, "z": 0.3, "visibility": 1.0}] * 33
    content = {
        "landmarks": [{"frame": i, "landmarks": points} for i, points in enumerate(objects)],
        "bare": [points or [] for points in objects],
        "people": [[points] if points else [] for points in objects],
        "holistic": [
            {"pose_world_landmarks": world, "face_landmarks": None, "pose_landmarks": points}
            for points in objects
        ],
        "protocol": [
            {"poseLandmarks": {"landmark": points} if points else None} for points in objects
        ],
        "tasks": {"frames": [{"landmarks": [points] if points else []} for points in objects]},
        "arrays": [
            points and [[p["x"], p["y"], p["z"], p["visibility"]] for p in points]
            for points in objects
        ],
        "own": {
            "format": "mediapipe",
            "fps": 25.0,
            "size": list(size),
            "film": "walk.mp4",
            "landmarks": [None if person is None else person.tolist() for person in people],
        },
    }[spelling]
    return dump(path / "mediapipe.json", content)


def landmark_table(path: Path, frames: Frames, names, form: str = "{name}_{axis}") -> Path:
    """A row for each frame and person; without `form` a row for each landmark."""
    rows: list[list] = []
    if form:
        axes = ("x", "y", "z", "visibility") if "name" in form else ("x", "y", "z", "v")
        titles = [form.format(name=n, i=i, axis=a) for i, n in enumerate(names) for a in axes]
        rows.append(["frame", *titles])
    else:
        rows.append(["frame", "landmark_id", "x", "y", "z", "visibility"])
    for i, people in enumerate(frames):
        for person in people:
            cells = [[x, y, -0.1, c] for x, y, c in person.tolist()]
            if form:
                rows.append([i, *(cell for point in cells for cell in point)])
            else:
                rows += [[i, k, *point] for k, point in enumerate(cells)]
    file = path / "landmarks.csv"
    file.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    return file


def kinetics(path: Path, frames: Frames, size, nested: bool = False) -> Path:
    def points(person):
        pairs = (person[:, :2] / size).tolist()
        return pairs if nested else [number for pair in pairs for number in pair]

    content = [
        {
            "frame_index": i + 1,
            "skeleton": [
                {"pose": points(person), "score": person[:, 2].tolist()} for person in people
            ],
        }
        for i, people in enumerate(frames)
    ]
    return dump(path / "kinetics.json", {"data": content, "label": "walk", "label_index": 0})


def deeplabcut(path: Path, frames: Frames, names, individuals=None) -> Path:
    people = individuals or [None]
    columns = [(person, name, value) for person in people for name in names
               for value in ("x", "y", "likelihood")]  # fmt: skip
    header = [["scorer", *["DLC_resnet50"] * len(columns)]]
    if individuals:
        header.append(["individuals", *(person for person, _, _ in columns)])
    header.append(["bodyparts", *(name for _, name, _ in columns)])
    header.append(["coords", *(value for _, _, value in columns)])
    rows = [
        [i, *(("" if c == 0 else v) for person in content for x, y, c in person for v in (x, y, c))]
        for i, content in enumerate(frames)
    ]
    file = path / "filmDLC.csv"
    file.write_text("\n".join(",".join(map(str, row)) for row in [*header, *rows]) + "\n")
    return file


def detectron2(path: Path, frames: Frames, size) -> Path:
    keypoints = np.empty(len(frames), dtype=object)
    for i, people in enumerate(frames):
        array = [np.stack([p[:, 0], p[:, 1], 0 * p[:, 0], p[:, 2]]) for p in people]
        keypoints[i] = [[], np.array(array)] if people else [[], []]
    boxes = np.empty(len(frames), dtype=object)
    boxes[:] = [[[], []]] * len(frames)
    segments = np.array([None] * len(frames))
    metadata = {"w": size[0], "h": size[1]}
    np.savez(
        path / "film.mp4.npz",
        boxes=boxes,
        segments=segments,
        keypoints=keypoints,
        metadata=metadata,
    )
    return path / "film.mp4.npz"


def mmpose_predictions(path: Path, frames: Frames) -> Path:
    folder = path / "predictions"
    folder.mkdir()
    for i, people in enumerate(frames):
        content = [
            {"keypoints": p[:, :2].tolist(), "keypoint_scores": p[:, 2].tolist(), "bbox": [[0]]}
            for p in people
        ]
        dump(folder / f"{i:06d}.json", content)
    return folder
