"""Measure what errors of 2D joints cost single frames, with the weights of two parameter files.

    python bench/noise.py

The motion is that of the evaluation sequences in MOCAP_PATH at 10 Hz. `mocap_best` has weights for
exact image points, `mocap_best_detected` those for the points of a detector. The person is about
360 px tall. Outliers are off by 50 px more (standard deviation). Errors are mean joint errors in mm
after Procrustes alignment of every frame. If the GAN is not trained yet, the bench trains it.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from bench.motion import frame_errors, sequences, trained
from bench.search import OURS, OURS_DETECTED, proposals_alone, search
from bench.settings import spoil
from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags

EXACT = {"noise": 0.0, "outliers": 0.0, "missing": 0.0}
CASES = (
    ("exact", {}),
    ("30 % missing", {"missing": 0.3}),
    ("5 px", {"noise": 5.0}),
    ("3 px, 2 % outliers", {"noise": 3.0, "outliers": 0.02}),
    ("5 px, 3 % outliers, 5 % missing", {"noise": 5.0, "outliers": 0.03, "missing": 0.05}),
    ("8 px, 5 % outliers, 10 % missing", {"noise": 8.0, "outliers": 0.05, "missing": 0.1}),
)


def main() -> None:
    parser = Parser(__doc__)
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    start_tensorflow()
    from inference.model.camera_knowledge import CameraKnowledge

    gan, _ = trained(OURS, 0, args.models_dir)
    unknown = {"camera": CameraKnowledge(extrinsics="unknown")}
    methods = {
        OURS: search(gan, OURS),
        OURS_DETECTED: search(gan, OURS_DETECTED),
        "proposals": proposals_alone(gan),
        f"{OURS}, place unknown": search(gan, OURS, unknown),
        f"{OURS_DETECTED}, place unknown": search(gan, OURS_DETECTED, unknown),
    }
    takes = sequences()
    print(f"{'2D joints':36}" + "".join(f"{name:>36}" for name in methods))
    for case, errors in CASES:
        rng = np.random.default_rng(0)
        observed = [_spoilt(take, rng, {**EXACT, **errors}) for take in takes]
        cells = [_mean_error(predict(observed), takes) for predict in methods.values()]
        print(f"{case:36}" + "".join(f"{cell:36.1f}" for cell in cells), flush=True)


def _spoilt(take, rng, errors: dict):
    """Return a sequence whose image points have errors, arguments of `bench.settings.spoil`."""
    from human_pose_util.dataset import PoseSequence

    p2 = spoil(np.array(take["p2"]), rng, take.attrs["pixel_scale"], **errors)
    return PoseSequence({"p2": p2}, take.attrs)


def _mean_error(poses, takes) -> float:
    """Return the mean error of the frames of all sequences [mm]."""
    pairs = zip(poses, takes, strict=True)
    return float(np.concatenate([frame_errors(p, np.array(t["p3w"])) for p, t in pairs]).mean())


if __name__ == "__main__":
    run(main)
