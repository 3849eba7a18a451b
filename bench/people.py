"""Measure where the people of a film are, compared with each other.

    python bench/people.py

Two or three people of the evaluation sequences in MOCAP_PATH move on one floor before a camera that
stands still, at most three seconds at 30 Hz, in `SCENES` scenes. Their heights differ by 6 %; in
the second half of the rows, four in ten are children. A simulated detector errs by 5 px for someone
6 m away, misses a tenth of the keypoints, and exchanges left and right in 1 % of the frames.

The "ratio of depths" of two people is the root mean square of the error of its logarithm, in %; the
"distance" is the mean error of the distance between their roots, as a share of it; both are medians
over the frames of a scene. "One height" is the same film with equal heights of all people. If the
GAN is not trained yet, the bench trains it.
"""

import itertools
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import run, start_tensorflow

start_tensorflow()

from bench.motion import lifter_of_flags, sequences
from computed_people.detector import DetectorErrors, detect, keypoint_positions
from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at, rotation_about
from human_pose_util.units import MM_PER_M
from lifting import PoseLifter
from lifting.input.keypoint_input import Film

FPS, N_FRAMES, SCENES = 30.0, 90, 25
SIZE = (1920, 1080)
HEIGHT_STD, CHILD, CHILDREN = 0.06, (0.55, 0.8), 0.4
"""Deviation of the logarithm of a height; sizes of children relative to adults; their share."""
COLUMNS = "ratio of depths", "with one height", "distance", "with one height"
NEAREST, ASIDE = 1000.0, 1800.0
"""Least distance of two people, and the largest from the middle of the scene, along x or y [mm]."""


class Scene(NamedTuple):
    """A film of several people.

    Attributes:
        people: [n_people, n_frames, n_joints, 3] poses in the world [mm].
        camera: the camera that sees them.
        detections: keypoints of each person.
    """

    people: np.ndarray
    camera: Camera
    detections: list[np.ndarray]


def main() -> None:
    lifter = lifter_of_flags(__doc__)
    takes = [MM_PER_M * np.array(take["p3w"], float)[:N_FRAMES] for take in sequences(fps=FPS)]
    print(f"{'people':24}" + "".join(f"{column:>18}" for column in COLUMNS))
    for share, n_people in itertools.product((0.0, CHILDREN), (2, 3)):
        errors = [measure(lifter, scene(takes, n_people, share, seed)) for seed in range(SCENES)]
        ratios, distances = np.swapaxes(np.concatenate(errors), 0, 1)
        means = [*np.sqrt((ratios**2).mean(axis=0)), *np.abs(distances).mean(axis=0)]
        name = f"{n_people}, children among them" if share else f"{n_people}"
        print(f"{name:24}" + "".join(f"{100 * mean:16.1f} %" for mean in means), flush=True)


def scene(takes: list[np.ndarray], n_people: int, children: float, seed: int) -> Scene:
    """Return a film of people who move as in takes [n_frames, n_joints, 3].

    Args:
        takes: the motion of people [mm], above the floor at 0.
        n_people: number of people.
        children: share of the people who are children.
        seed: chooses the random numbers.
    """
    rng = np.random.default_rng(seed)
    chosen = [takes[i] for i in rng.permutation(len(takes))[:n_people]]
    n, places = min(map(len, chosen)), np.zeros((0, 2))
    while len(places) < n_people:
        place = rng.uniform(-ASIDE, ASIDE, 2)
        if (np.linalg.norm(places - place, axis=1) > NEAREST).all():
            places = np.concatenate([places, [place]])
    people = []
    for take, place in zip(chosen, places, strict=True):
        size = np.exp(HEIGHT_STD * rng.standard_normal())
        size *= rng.uniform(*CHILD) if rng.uniform() < children else 1.0
        p3w = take[:n] - [*take[:n, :, :2].mean(axis=(0, 1)), 0.0]
        turn = rotation_about(rng.uniform(-np.pi, np.pi), "z")
        people.append(size * p3w @ turn.T + [*place, 0.0])
    position = [0.0, -rng.uniform(4000, 8000), rng.uniform(1000, 2000)]
    r, t = look_at(position, np.mean(people, axis=(0, 1, 2)), 0.06 * rng.standard_normal())
    camera = Camera(r, t, np.full(2, rng.uniform(1000, 1900)), np.array(SIZE) / 2, SIZE)
    detections = []
    for p3w in people:
        p2 = camera.project_world(keypoint_positions(p3w, COCO_17))
        noise = 5 * 6000 / np.linalg.norm(p3w.mean(axis=(0, 1)) - position)
        detections.append(detect(p2, COCO_17, DetectorErrors(noise, 0.1, 0.01), rng))
    return Scene(np.array(people), camera, detections)


def measure(lifter: PoseLifter, film: Scene) -> np.ndarray:
    """Return [n_pairs, 2, 2] errors of two people: of depths and distance, and with one height."""
    people = [Person(keypoints, 0) for keypoints in film.detections]
    found = lifter.lift_people(people, COCO_17.id, Film(SIZE, FPS, is_still=True))
    true = [film.camera.to_camera(p3w)[:, S24.root_index] for p3w in film.people]
    roots = [lifted.p3c[:, S24.root_index] for lifted in found]
    # About the camera's centre all sizes fit alike, so this is what one height would have given.
    equal = [root / lifted.height for root, lifted in zip(roots, found, strict=True)]
    equal = [found[0].height * root for root in equal]
    return np.array(
        [
            [
                [np.median(_log_ratio(p, i, j) - _log_ratio(true, i, j)) for p in (roots, equal)],
                [np.median(_distance(p, i, j) / _distance(true, i, j)) - 1 for p in (roots, equal)],
            ]
            for i, j in itertools.combinations(range(len(found)), 2)
        ]
    )


def _log_ratio(roots, i: int, j: int) -> np.ndarray:
    """Return logarithms [n_frames] of the ratios of the depths of roots, each [n_frames, 3]."""
    return np.log(roots[i][:, 2] / roots[j][:, 2])


def _distance(roots, i: int, j: int) -> np.ndarray:
    """Return distances [n_frames] of roots, each [n_frames, 3]."""
    return np.linalg.norm(roots[i] - roots[j], axis=1)


if __name__ == "__main__":
    run(main)
