"""Results of a film as infer_keypoints.py writes them, without a GAN."""

import json
from pathlib import Path

import h5py
import numpy as np

from human_pose_util.camera import Camera
from tests.helpers import walking_figure as walker

FPS = 25.0
LENGTHS = {0: 40, 1: 20}
"""Number of frames of each person; the second one comes after ten frames."""
FIRST = {0: 0, 1: 10}


def poses(number: int) -> np.ndarray:
    """[n_frames, 24, 3] mm: the walk of a person, beside the first one."""
    return walker.walk(LENGTHS[number], FPS) + [900.0 * number, 0, 0]


def camera() -> Camera:
    """The camera of the film."""
    return walker.camera()


def deviations(number: int) -> np.ndarray:
    """[n_frames, n_joints] standard deviations of the joints of a person [mm]."""
    return 20.0 + np.arange(LENGTHS[number])[:, None] + np.arange(24)


def write_film(path: Path, group: str = "film", moves: bool = False) -> None:
    """Write a film of two people.

    Args:
        path: the results file, which gets a group more.
        group: name of the group.
        moves: whether each frame has a camera of its own.
    """
    eye = camera()
    settings = {"detections": str(path.parent / "film.json"), "size": [1024, 1024]}
    with h5py.File(path, "a") as file:
        film = file.create_group(group)
        film.attrs["lifting"] = json.dumps(settings)
        for number, n in LENGTHS.items():
            person = film.create_group(f"person{number}")
            p3w = poses(number)
            p3c = eye.to_camera(p3w)
            unseen = np.zeros((n, 24), np.uint8)
            unseen[3, 5] = 1
            cameras = {"r": eye.r, "t": eye.t / 1000, "f": eye.f, "c": eye.c}
            arrays = {
                "p3w": p3w / 1000, "p3c": p3c / 1000, "p2": eye.project(p3c),
                "confidence": 1.0 - unseen, "extrapolated": unseen,
                "std": deviations(number) / 1000,
                "doubtful": np.arange(n) == 2, "cost": np.zeros(n), "status": np.zeros(n, int),
                **({k: np.repeat(v[None], n, axis=0) for k, v in cameras.items()} if moves else {}),
            }  # fmt: skip
            for name, values in arrays.items():
                person[name] = np.asarray(values, np.float32)
            person.attrs.update(
                frame="world", first_frame=FIRST[number], space_scale=1000.0, pixel_scale=1.0,
                skeleton_id="s24", fps=FPS, quality="good" if number else "bad: all of it",
                **({} if moves else cameras),
            )  # fmt: skip
