"""Measure the focal lengths that are found for films of people who come nearer or go away.

    python bench/focal_lengths.py

People of the evaluation sequences in MOCAP_PATH who get at least `LEAST_WAY` from where they begin
walk towards the camera, or away from it, within `ASIDE`, at most ten seconds at 30 Hz. The camera
stands still, and sees them as large as fits into the image. Each row has a focal length in longer
sides of the image, which the command does not know. A simulated detector errs by 3 px, misses 5 %
of the keypoints, and exchanges left and right in 1 % of the frames.

"f" is the root mean square of the logarithm of the focal length that is found, relative to the true
one; "f within 15 %" is the share of the films; "path" is the error of the path of the hips as a
share of its length (RTE); "error" is that of the joints that keypoints show, after Procrustes
alignment [mm]. If the GAN is not trained yet, the bench trains it.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import run, start_tensorflow

start_tensorflow()

from bench.motion import frame_errors, lifter_of_flags, sequences
from computed_people.detector import DetectorErrors, detect, keypoint_positions
from human_pose_util.camera import Camera
from human_pose_util.evaluate.metrics import rte
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at
from human_pose_util.units import MM_PER_M
from lifting import PoseLifter

FPS, N_FRAMES = 30.0, 300
SIZE = (1920, 1080)
FOCAL_LENGTHS = (0.36, 0.5, 0.75, 1.0, 1.4)
LEAST_WAY, ASIDE = 1500.0, np.radians(40)
NEAREST, MARGIN = 1800.0, 0.95
"""Least distance of someone from the camera [mm], and share of the image that people fill."""
ERRORS = DetectorErrors(noise=3, missing=0.05, exchanged=0.01)
COLUMNS = "f", "f within 15 %", "path", "error"


def main() -> None:
    lifter = lifter_of_flags(__doc__)
    takes = [MM_PER_M * np.array(take["p3w"], float)[:N_FRAMES] for take in sequences(fps=FPS)]
    takes = [p3w for p3w in takes if np.linalg.norm(_way(p3w)) >= LEAST_WAY]
    print(f"{len(takes)} films a row")
    print(f"{'f / longer side':18}" + "".join(f"{column:>16}" for column in COLUMNS))
    for share in FOCAL_LENGTHS:
        rows = [measure(lifter, p3w, share, seed) for seed, p3w in enumerate(takes)]
        log_f, path, error = np.transpose(rows)
        within = np.abs(np.exp(log_f) - 1) <= 0.15
        print(
            f"{share:<18g}{np.sqrt((log_f**2).mean()):16.2f}{100 * within.mean():14.0f} %"
            f"{100 * path.mean():14.1f} %{error.mean():16.1f}",
            flush=True,
        )


def measure(lifter: PoseLifter, p3w: np.ndarray, share: float, seed: int) -> tuple[float, ...]:
    """Return the errors of log f, of the path [shares] and of the poses [mm] of one film.

    Args:
        lifter: lifts the film.
        p3w: [n_frames, n_joints, 3] true poses [mm].
        share: the focal length in longer sides of the image.
        seed: chooses the random numbers.
    """
    rng = np.random.default_rng(seed)
    camera = camera_ahead(p3w, share * max(SIZE), rng)
    p2 = camera.project_world(keypoint_positions(p3w, COCO_17))
    detected = detect(p2, COCO_17, ERRORS, rng)
    lifted = lifter.lift(detected, COCO_17.id, size=SIZE, fps=FPS)
    joints = lifted.keypoint_mapping.observed
    root = S24.root_index
    path = np.nanmean(rte(lifted.p3w[:, root], p3w[:, root]))
    errors = frame_errors(lifted.p3w[:, joints] / MM_PER_M, p3w[:, joints] / MM_PER_M)
    f = np.median(lifted.camera.f)
    return float(np.log(f / camera.f[0])), float(path), float(errors.mean())


def camera_ahead(p3w: np.ndarray, f: float, rng: np.random.Generator) -> Camera:
    """Return a camera that stands where someone walks to or comes from, and sees everything.

    Args:
        p3w: [n_frames, n_joints, 3] poses of the person [mm].
        f: the focal length [px].
        rng: draws its direction and height.
    """
    way, middle = _way(p3w), p3w.mean(axis=(0, 1))
    angle = np.arctan2(way[1], way[0]) + np.pi * rng.integers(2) + rng.uniform(-ASIDE, ASIDE)
    height, distance = rng.uniform(700, 2200), NEAREST
    while True:
        place = [*(middle[:2] + distance * np.array([np.cos(angle), np.sin(angle)])), height]
        r, t = look_at(place, middle)
        camera = Camera(r, t, np.full(2, f), np.array(SIZE) / 2, SIZE)
        p3c = camera.to_camera(p3w)
        offsets = np.abs(camera.project(p3c) - camera.c) / (np.array(SIZE) / 2)
        if p3c[..., 2].min() > NEAREST / 2 and offsets.max() <= MARGIN:
            return camera
        distance *= 1.05


def _way(p3w: np.ndarray) -> np.ndarray:
    """Return the way [2] on the floor from where someone begins to the farthest place [mm]."""
    offsets = p3w[:, S24.root_index, :2] - p3w[0, S24.root_index, :2]
    return offsets[np.linalg.norm(offsets, axis=1).argmax()]


if __name__ == "__main__":
    run(main)
