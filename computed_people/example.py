"""The example in `examples/walk.json`: a walk, filmed from a tripod, as a poor detector finds it.

`python -m computed_people.example OUT.json` writes the file again.
"""

import json
import os
from pathlib import Path

import numpy as np

from command_line import Parser, run
from computed_people.actions import FPS, perform
from computed_people.body import make_body
from computed_people.detector import DetectorErrors, detect, keypoint_positions, still_camera
from human_pose_util.dataset.h3m_protocol import S24_JOINTS
from human_pose_util.files import atomic
from human_pose_util.skeleton import COCO_17

SUBJECT, ACTION, SECONDS, STRIDE = "S9", "Walking", 8.0, 2
AZIMUTH = np.radians(60.0)
"""Direction of the camera: the person walks up to it and away from it."""
ERRORS = DetectorErrors(noise=4.0, missing=0.15, exchanged=0.02)


def example() -> tuple[np.ndarray, np.ndarray]:
    """The keypoints of the example, and its true poses.

    Returns:
        [n_frames, 17, 3] x, y [px] and confidence of COCO's keypoints, and [n_frames, 24, 3]
        positions of the joints of skeleton s24 in the world [mm].
    """
    rng = np.random.default_rng(7)
    n_frames = round(SECONDS * FPS)
    joints = perform(make_body(SUBJECT, 0), SUBJECT, ACTION, 0, n_frames, 0)
    p3w = joints[::STRIDE, S24_JOINTS]
    camera = still_camera(p3w, AZIMUTH)
    p2 = camera.project_world(keypoint_positions(p3w, COCO_17))
    return detect(p2, COCO_17, ERRORS, rng), p3w


def write_example(path: str | os.PathLike) -> None:
    """Write the example as a list of COCO's results: one person in every image.

    Raises:
        DataError: the file cannot be written.
    """
    people = []
    for i, keypoints in enumerate(example()[0]):
        numbers = np.nan_to_num(keypoints).round(2).ravel().tolist()
        person = {"image_id": i, "category_id": 1, "keypoints": numbers, "score": 1.0}
        people.append(json.dumps(person))
    with atomic(path) as temporary:
        temporary.write_text("[\n" + ",\n".join(people) + "\n]\n", encoding="utf-8")


def main() -> None:
    """Parse the command line and write the example."""
    parser = Parser(__doc__)
    parser.add_argument("out", type=Path, help="the file to write")
    write_example(parser.parse_args().out)


if __name__ == "__main__":
    run(main)
