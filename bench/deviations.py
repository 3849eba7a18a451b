"""Measure how often joints are within the standard deviations that are stored with them.

    python bench/deviations.py

The motion is that of the evaluation sequences in MOCAP_PATH. Single frames are seen by a known
camera at 10 Hz; films and streams are those of bench/keypoints.py, of every second and of every
third sequence. Errors are those of joints after Procrustes alignment of every frame. A joint ought
to be within its standard deviation in 68 % of the cases. "Calibration" is the mean distance of the
frequencies of 19 quantiles from those of a Rayleigh distribution. If the GAN is not trained yet,
the bench trains it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import run, start_tensorflow

start_tensorflow()

from bench.keypoints import (
    FAR_USUAL,
    FPS,
    NEAR_EXACT,
    NEAR_HEAVY,
    NEAR_LIGHT,
    NEAR_USUAL,
    SECONDS,
    Case,
    filmed,
)
from bench.motion import lifter_of_flags, sequences
from bench.search import OURS
from bench.settings import with_errors
from human_pose_util.evaluate.joint_errors import individual_errors
from human_pose_util.registry import get_converter
from human_pose_util.units import MM_PER_M
from inference.model.observe import observe_sequence
from inference.params import load_inference_params
from inference.search.pose_search import PoseSearch
from lifting import LiftStream, PoseLifter

SINGLE = (
    ("exact", {}, {}),
    ("5 px", {"noise": 5.0}, {}),
    ("30 % missing", {"missing": 0.3}, {}),
    ("5 px, 30 % missing", {"noise": 5.0, "missing": 0.3}, {}),
    ("6 hypotheses: exact", {}, {"keep_hypotheses": 6}),
    ("6 hypotheses: 5 px", {"noise": 5.0}, {"keep_hypotheses": 6}),
    ("6 hypotheses: 5 px, 30 % missing", {"noise": 5.0, "missing": 0.3}, {"keep_hypotheses": 6}),
)
FILMS = (NEAR_EXACT, NEAR_LIGHT, NEAR_USUAL, NEAR_HEAVY, FAR_USUAL)
STREAMS = tuple((case, lag) for case in (NEAR_EXACT, NEAR_USUAL) for lag in (0, 4))
QUANTILES = np.arange(1, 20) / 20
WITHIN = 0.68


class Part(NamedTuple):
    """The joints of a sequence: arrays [n_frames, n_joints].

    Attributes:
        errors: distances from the true joints after the alignment of every frame.
        deviations: standard deviations, in the unit of the errors.
        shown: whether a joint is observed, or a keypoint shows it.
    """

    errors: np.ndarray
    deviations: np.ndarray
    shown: np.ndarray


def main() -> None:
    lifter = lifter_of_flags(__doc__)
    print(f"{'':44}{'all joints':>22}{'joints that are shown':>24}")
    print(f"{'':44}{'within':>10}{'calibration':>12}{'within':>12}{'calibration':>12}")
    for name, errors, changes in SINGLE:
        print_row(f"single frames, {name}", single_frames(lifter.gan, errors, changes))
    takes = [np.array(t["p3w"], float)[: int(SECONDS * FPS)] for t in sequences(fps=FPS)]
    for case in FILMS:
        print_row(f"films, {case.name}", films(lifter, takes[::2], case))
    for case, lag in STREAMS:
        print_row(f"streams, lag {lag}, {case.name}", streams(lifter, takes[::3], case, lag))


def single_frames(gan, errors: dict, changes: dict) -> Iterator[Part]:
    """Yield the joints of every sequence.

    Args:
        gan: the GAN.
        errors: of the image points, arguments of `bench.settings.with_errors`.
        changes: parameters that replace those of `OURS`.
    """
    params = load_inference_params(OURS).model_copy(update={"uncertainty": True, **changes})
    converter = get_converter(gan.skeleton.id, gan.skeleton.id)
    search = PoseSearch(gan, params, converter, space_scale=1000.0, pixel_scale=1000.0)
    takes, rng = sequences(), np.random.default_rng(0)
    observed = [observe_sequence(with_errors(take, rng, **errors)) for take in takes]
    for take, seen, result in zip(takes, observed, search.infer(observed), strict=True):
        yield Part(distances(result.p3w, take["p3w"]), result.aligned_std, seen.weights > 0)


def films(lifter: PoseLifter, takes, case: Case) -> Iterator[Part]:
    """Yield the joints of every film.

    Args:
        lifter: lifts the keypoints.
        takes: true poses [n_frames, n_joints, 3] of each film, metres.
        case: the kind of film.
    """
    for i, p3w in enumerate(takes):
        camera, detections = filmed(p3w, i, case)
        lifted = lifter.lift(detections, case.keypoints.id, camera.size, FPS)
        shown = np.tile(lifted.keypoint_mapping.observed, (len(p3w), 1))
        yield Part(distances(lifted.p3w, MM_PER_M * p3w), lifted.std, shown)


def streams(lifter: PoseLifter, takes, case: Case, lag: int) -> Iterator[Part]:
    """Yield the joints of every stream; arguments as for `films`, and the lag in frames."""
    for i, p3w in enumerate(takes):
        camera, detections = filmed(p3w, i, case)
        stream = LiftStream(lifter, case.keypoints.id, camera.size, FPS, lag=lag)
        answers = [answer for frame in detections if (answer := stream.push(frame)) is not None]
        answers += stream.flush()
        poses = np.concatenate([answer.p3w for answer in answers])
        std = np.concatenate([answer.std for answer in answers])
        truth = MM_PER_M * p3w[len(p3w) - len(poses) :]
        shown = np.tile(answers[-1].keypoint_mapping.observed, (len(poses), 1))
        yield Part(distances(poses, truth), std, shown)


def distances(p3: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return [n_frames, n_joints] distances of joints after the alignment of every frame."""
    return individual_errors(np.asarray(p3, float), np.asarray(truth, float), reflection=False)


def print_row(name: str, parts: Iterator[Part]) -> None:
    """Print how often all joints, and those that are shown, are within their deviations.

    Args:
        name: the title of the row.
        parts: the joints of sequences.
    """
    whole = Part(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    ratio, is_shown = np.ravel(whole.errors / whole.deviations), np.ravel(whole.shown)
    cells = [cell for r in (ratio, ratio[is_shown]) for cell in (np.mean(r < 1), calibration(r))]
    print(f"{name:44}{cells[0]:10.1%}{cells[1]:12.3f}{cells[2]:12.1%}{cells[3]:12.3f}", flush=True)


def calibration(ratio: np.ndarray) -> float:
    """Return the mean distance of the frequencies of `QUANTILES` from what they ought to be.

    A Rayleigh distribution of which 68 % are below 1 has 1 − 0.32^(r²) below r.

    Args:
        ratio: errors relative to their standard deviations.
    """
    limits = np.sqrt(np.log1p(-QUANTILES) / np.log(1 - WITHIN))
    frequencies = np.mean(ratio[:, None] < limits, axis=0)
    return float(np.abs(frequencies - QUANTILES).mean())


if __name__ == "__main__":
    run(main)
