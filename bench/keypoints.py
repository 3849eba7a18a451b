"""Measure how the errors of a detector change the 3D poses of a film, and the speed of a stream.

    python bench/keypoints.py

The motion is that of the evaluation sequences in MOCAP_PATH, at most ten seconds of each at 30 Hz.
A hand-held camera, of which the lifter knows nothing, observes it, and a simulated detector adds
noise, misses keypoints, and exchanges left and right. Errors are those of the joints that keypoints
show, in mm after Procrustes alignment without reflection, then `MEASURES` of these joints, whose
meaning `python report.py --measures help` explains. The error of the way is the RTE, without and
with the rotations of the camera. If the GAN is not trained yet, the bench trains it.
"""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import run, start_tensorflow

start_tensorflow()

from bench.motion import frame_errors, lifter_of_flags, means_of, print_measures, sequences
from computed_people.detector import DetectorErrors, detect, hand_held_camera, keypoint_positions
from human_pose_util.camera import Camera
from human_pose_util.dataset import PoseSequence
from human_pose_util.evaluate.measures import pooled
from human_pose_util.evaluate.metrics import rte
from human_pose_util.skeleton import BODY_25, COCO_17, S24, Skeleton
from human_pose_util.units import MM_PER_M
from lifting import FilmCamera, LiftStream, PoseLifter

FPS, SECONDS = 30.0, 10
SHORTEST_WAY = 1.0  # metres: of someone who stays in place, an error is no share of a way
MEASURES = ("w_mpjpe", "wa_mpjpe", "jitter", "bone_variation", "bone_asymmetry")
FOCALS = (900.0, 1200.0, 1500.0, 1900.0, 2300.0, 2500.0)


class Case(NamedTuple):
    """Films of one kind.

    Attributes:
        name: label of its row in the tables.
        keypoints: skeleton of the keypoints.
        share: height of the person relative to the height of the image.
        errors: of the simulated detector.
    """

    name: str
    keypoints: Skeleton
    share: float
    errors: DetectorErrors


EXACT, LIGHT, USUAL, HEAVY = (
    DetectorErrors(noise=noise, missing=missing, exchanged=exchanged)
    for noise, missing, exchanged in ((0, 0, 0), (3, 0.1, 0.02), (5, 0.2, 0.02), (8, 0.3, 0.02))
)
NEAR_EXACT = Case("no errors", COCO_17, 0.6, EXACT)
NEAR_LIGHT = Case("3 px, 10 % missed, 2 % exchanged", COCO_17, 0.6, LIGHT)
NEAR_USUAL = Case("5 px, 20 % missed, 2 % exchanged", COCO_17, 0.6, USUAL)
NEAR_HEAVY = Case("8 px, 30 % missed, 2 % exchanged", COCO_17, 0.6, HEAVY)
FAR_USUAL = Case("person of 330 px: 5 px, 20 %, 2 %", COCO_17, 0.3, USUAL)
CASES = (
    NEAR_EXACT,
    NEAR_LIGHT,
    NEAR_USUAL,
    NEAR_HEAVY,
    Case("person of 330 px: no errors", COCO_17, 0.3, EXACT),
    FAR_USUAL,
    Case("person of 330 px: 8 px, 30 %, 2 %", COCO_17, 0.3, HEAVY),
    Case("BODY_25: no errors", BODY_25, 0.6, EXACT),
    Case("BODY_25: 5 px, 20 %, 2 %", BODY_25, 0.6, USUAL),
)


def main() -> None:
    lifter = lifter_of_flags(__doc__)
    takes = [np.array(t["p3w"], float)[: int(SECONDS * FPS)] for t in sequences(fps=FPS)]
    print(f"{'keypoints':36}{'mean':>7}{'median':>8}{'90 %':>7}{'worst':>7}")
    means = {}
    for case in CASES:
        films = [lift(lifter, p3w, i, case) for i, p3w in enumerate(takes)]
        e = np.concatenate([film.errors for film in films])
        means[case.name] = pooled([film.means for film in films])
        row = f"{e.mean():7.1f}{np.median(e):8.1f}{np.percentile(e, 90):7.1f}{e.max():7.1f}"
        print(f"{case.name:36}{row}", flush=True)
    print()
    print_measures(means, MEASURES, 36)
    ways(lifter, takes)
    streamed(lifter, takes)
    long = np.concatenate([np.concatenate(takes)] * 10)[:10_000]
    start = time.perf_counter()
    lift(lifter, long, 0, NEAR_USUAL)
    print(f"{len(long)} frames: {time.perf_counter() - start:.0f} s, apart from compilation")


class Film(NamedTuple):
    """A film that was lifted.

    Attributes:
        errors: [n_frames] errors of its frames [mm].
        means: means of the measures of a report by name.
    """

    errors: np.ndarray
    means: dict


def lift(lifter: PoseLifter, p3w: np.ndarray, i: int, case: Case) -> Film:
    """Return the errors of a lifted film.

    Args:
        lifter: lifts the keypoints.
        p3w: [n_frames, n_joints, 3] true poses, metres.
        i: number of the film; it chooses the focal length and the random numbers.
        case: the kind of film.
    """
    camera, detections = filmed(p3w, i, case)
    lifted = lifter.lift(detections, case.keypoints.id, camera.size, FPS)
    joints = lifted.keypoint_mapping.observed
    # The lifter's world is not that of the truth; joints that no keypoint shows do not count.
    shown = np.where(joints[:, None], MM_PER_M * p3w, np.nan)
    take = PoseSequence({"p3w": shown}, {"space_scale": 1.0, "fps": FPS})
    means = means_of(lifted.p3w, take, S24, frame="camera")
    return Film(frame_errors(lifted.p3w[:, joints] / MM_PER_M, p3w[:, joints]), means)


def filmed(p3w: np.ndarray, i: int, case: Case) -> tuple[Camera, np.ndarray]:
    """Return the hand-held camera of a film and its detections; arguments as for `lift`."""
    rng = np.random.default_rng(i)
    camera = hand_held_camera(MM_PER_M * p3w, FPS, rng, FOCALS[i % len(FOCALS)], case.share)
    p2 = camera.project_world(keypoint_positions(MM_PER_M * p3w, case.keypoints))
    return camera, detect(p2, case.keypoints, case.errors, rng)


def ways(lifter: PoseLifter, takes) -> None:
    """Print the errors of ways, without and with the camera's focal length and rotations."""
    shares: dict[str, list[float]] = {"nothing": [], "f and rotations": []}
    for i, p3w in enumerate(takes):
        camera, detections = filmed(p3w, i, NEAR_EXACT)
        turning = FilmCamera(f=camera.f[0].tolist(), r=camera.r.tolist())
        truth = p3w[:, S24.root_index]
        length = np.linalg.norm(np.diff(truth, axis=0), axis=1).sum()
        if length < SHORTEST_WAY:
            continue
        for share, known in zip(shares.values(), (None, turning), strict=True):
            lifted = lifter.lift(detections, COCO_17.id, camera.size, FPS, known)
            share.append(rte(lifted.p3w[:, S24.root_index] / MM_PER_M, truth).mean())
    means = ", ".join(f"{100 * np.mean(share):.1f} % {known}" for known, share in shares.items())
    print(f"error of the way, with what is known of the camera: {means}", flush=True)


def streamed(lifter: PoseLifter, takes) -> None:
    """Print the errors and the speed of a stream on the keypoints of `NEAR_USUAL`."""
    for lag in (0, 4):
        errors, seconds = [], []
        for i, p3w in enumerate(takes):
            _, found = filmed(p3w, i, NEAR_USUAL)
            stream, poses = LiftStream(lifter, fps=FPS, lag=lag), []
            for frame in found:
                began = time.perf_counter()
                answer = stream.push(frame)
                seconds.append(time.perf_counter() - began)
                if answer is not None:
                    poses.append(answer.p3w[0])
            poses += [answer.p3w[0] for answer in stream.flush()]
            joints = answer.keypoint_mapping.observed
            truth = p3w[len(p3w) - len(poses) :]
            errors.append(frame_errors(np.stack(poses)[:, joints] / MM_PER_M, truth[:, joints]))
        e, ms = np.concatenate(errors), 1000 * np.array(seconds)
        print(
            f"stream, lag {lag}: {e.mean():.1f} mm, worst {e.max():.1f}; a frame takes "
            f"{np.median(ms):.0f} ms, 99 % at most {np.percentile(ms, 99):.0f} ms"
        )


if __name__ == "__main__":
    run(main)
