"""Measure what errors of 2D joints cost single frames, with the weights of two parameter files.

    python bench/noise.py

The motion is that of the evaluation sequences in MOCAP_PATH at 10 Hz. `mocap_best` has weights for
exact image points, `mocap_best_detected` those for the points of a detector. The person is about
360 px tall. Outliers are off by 50 px more (standard deviation). A second table has films at 30 Hz,
at most 200 frames each, of a hand-held camera whose place is unknown and in which the person is
about 650 px tall; `mocap_best_film` prefers smooth motion besides. Errors are mean joint errors in
mm after Procrustes alignment of every frame. If the GAN is not trained yet, the bench trains it.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from bench.motion import frame_errors, sequences, trained
from bench.search import OURS, OURS_DETECTED, OURS_FILM, proposals_alone, search
from bench.settings import with_errors
from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags

FPS, FRAMES = 30.0, 200
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
    plain = {"refinement": None}
    unknown = {"camera": CameraKnowledge(extrinsics="unknown"), **plain}
    methods = {
        OURS: search(gan, OURS),
        f"{OURS}, not refined": search(gan, OURS, plain),
        OURS_DETECTED: search(gan, OURS_DETECTED),
        "proposals": proposals_alone(gan),
        f"{OURS}, place unknown": search(gan, OURS, unknown),
        f"{OURS_DETECTED}, place unknown": search(gan, OURS_DETECTED, unknown),
    }
    takes = sequences()
    print(f"{'2D joints':36}" + "".join(f"{name:>36}" for name in methods))
    for case, errors in CASES:
        rng = np.random.default_rng(0)
        observed = [with_errors(take, rng, **errors) for take in takes]
        cells = [_mean_error(predict(observed), takes) for predict in methods.values()]
        print(f"{case:36}" + "".join(f"{cell:36.1f}" for cell in cells), flush=True)
    observed = [_film(take, i) for i, take in enumerate(sequences(fps=FPS))]
    print(f"\nfilms at {FPS:g} Hz, 8 px, 3 % outliers, 5 % missing")
    for name in (OURS, OURS_DETECTED, OURS_FILM):
        print(f"{name:36}{_mean_error(search(gan, name, unknown)(observed), observed):36.1f}")


def _film(take, i: int):
    """Return the first frames of a sequence before a hand-held camera, with a detector's errors.

    Args:
        take: the sequence, in metres.
        i: its number, which chooses the focal length and the random numbers.
    """
    from bench.keypoints import FOCALS
    from computed_people.detector import hand_held_camera
    from human_pose_util.dataset import PoseSequence
    from human_pose_util.units import MM_PER_M

    p3w, rng = np.array(take["p3w"][:FRAMES], float), np.random.default_rng(i)
    unit = take.attrs["pixel_scale"]
    camera = hand_held_camera(MM_PER_M * p3w, FPS, rng, FOCALS[i % len(FOCALS)], share=0.6)
    p2 = camera.project_world(MM_PER_M * p3w) / unit
    place = {
        "r": camera.r,
        "t": camera.t / MM_PER_M,
        "f": camera.f[0] / unit,
        "c": camera.c[0] / unit,
    }
    film = PoseSequence({"p3w": p3w, "p2": p2}, {**take.attrs, **place, "n_frames": len(p3w)})
    return with_errors(film, rng, noise=8.0, outliers=0.03, missing=0.05)


def _mean_error(poses, takes) -> float:
    """Return the mean error of the frames of all sequences [mm]."""
    pairs = zip(poses, takes, strict=True)
    return float(np.concatenate([frame_errors(p, np.array(t["p3w"])) for p, t in pairs]).mean())


if __name__ == "__main__":
    run(main)
