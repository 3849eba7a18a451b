"""What detectors' errors cost: keypoints of unseen motion through a hand-held camera, lifted.

`python bench/keypoints.py [--gan mocap_best] [--models_dir PATH]` trains the GAN where it is not
yet. Motion is that of `MOCAP_PATH`'s evaluation sequences at 30 Hz, ten seconds of each at most;
nothing is known of the camera; errors are those of the joints that keypoints show, after Procrustes
alignment without reflection.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run, start_tensorflow

start_tensorflow()

from bench.motion import frame_errors, sequences, trained
from command_line.locations import add_location_flags
from computed_people.detections import Errors, detect, hand_held, keypoints_of
from human_pose_util.skeleton import BODY_25, COCO_17, S24
from lifting import PoseLifter

FPS, SECONDS = 30.0, 10
FOCALS = (900.0, 1200.0, 1500.0, 1900.0, 2300.0, 2500.0)
CASES = (
    ("no errors", COCO_17, 0.6, Errors(0, 0, 0)),
    ("3 px, 10 % missed, 2 % swapped", COCO_17, 0.6, Errors(3, 0.1, 0.02)),
    ("5 px, 20 % missed, 2 % swapped", COCO_17, 0.6, Errors(5, 0.2, 0.02)),
    ("8 px, 30 % missed, 2 % swapped", COCO_17, 0.6, Errors(8, 0.3, 0.02)),
    ("person of 330 px: no errors", COCO_17, 0.3, Errors(0, 0, 0)),
    ("person of 330 px: 5 px, 20 %, 2 %", COCO_17, 0.3, Errors(5, 0.2, 0.02)),
    ("person of 330 px: 8 px, 30 %, 2 %", COCO_17, 0.3, Errors(8, 0.3, 0.02)),
    ("BODY_25: no errors", BODY_25, 0.6, Errors(0, 0, 0)),
    ("BODY_25: 5 px, 20 %, 2 %", BODY_25, 0.6, Errors(5, 0.2, 0.02)),
)


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--gan", default="mocap_best", metavar="GAN_ID", help="(mocap_best)")
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    lifter = PoseLifter(trained(args.gan, 0, args.models_dir)[0])
    takes = [np.array(t["p3w"], float)[: int(SECONDS * FPS)] for t in sequences(fps=FPS)]
    print(f"{'keypoints':36}{'mean':>7}{'median':>8}{'90 %':>7}{'worst':>7}")
    for name, keypoints, share, errors in CASES:
        e = np.concatenate(
            [lift(lifter, p3w, i, keypoints, share, errors)[0] for i, p3w in enumerate(takes)]
        )
        row = f"{e.mean():7.1f}{np.median(e):8.1f}{np.percentile(e, 90):7.1f}{e.max():7.1f}"
        print(f"{name:36}{row}", flush=True)
    streamed(lifter, takes)
    long = np.concatenate([np.concatenate(takes)] * 10)[:10_000]
    began = time.perf_counter()
    lift(lifter, long, 0, COCO_17, 0.6, CASES[2][3])
    print(f"{len(long)} frames: {time.perf_counter() - began:.0f} s, apart from compilation")


def lift(lifter: PoseLifter, p3w: np.ndarray, i: int, keypoints, share: float, errors: Errors):
    """Errors [n_frames], and the detections, of a film of a take."""
    rng = np.random.default_rng(i)
    film = hand_held(1000 * p3w, FPS, rng, FOCALS[i % len(FOCALS)], share=share)
    p2 = film.project(keypoints_of(1000 * p3w, S24, keypoints))
    found = detect(p2, keypoints, errors, rng)
    lifted = lifter.lift(found, keypoints.id, film.size, FPS)
    shown = lifted.sighting.observed
    return frame_errors(lifted.p3w[:, shown] / 1000, p3w[:, shown]), found


def streamed(lifter: PoseLifter, takes) -> None:
    """Print how a stream does on the third row's keypoints."""
    for lag in (0, 4):
        errors, seconds = [], []
        for i, p3w in enumerate(takes):
            found = lift(lifter, p3w, i, COCO_17, 0.6, CASES[2][3])[1]
            stream, poses = lifter.stream(fps=FPS, lag=lag), []
            for frame in found:
                began = time.perf_counter()
                answer = stream.push(frame)
                seconds.append(time.perf_counter() - began)
                if answer is not None:
                    poses.append(answer.p3w[0])
            shown = answer.sighting.observed
            truth = p3w[len(p3w) - lag - len(poses) :][: len(poses)]
            errors.append(frame_errors(np.stack(poses)[:, shown] / 1000, truth[:, shown]))
        e, ms = np.concatenate(errors), 1000 * np.array(seconds)
        print(
            f"stream, lag {lag}: {e.mean():.1f} mm, worst {e.max():.1f}; a frame takes "
            f"{np.median(ms):.0f} ms, 99 % at most {np.percentile(ms, 99):.0f} ms"
        )


if __name__ == "__main__":
    run(main)
