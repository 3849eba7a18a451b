"""The motion on which the benches measure accuracy, and the measures.

The motion is the motion capture in MOCAP_PATH.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from human_pose_util.units import MM_PER_M
from inference.params import load_inference_params
from serialization import ROOT

KINDS = {
    "usual": ("01", "02", "cmu_actions", "06", "07", "08"),
    "dance": ("05",),
    "acrobatics": ("acro",),
    "first 12": ("01", "02", "cmu_actions"),
}
"""Kinds of motion by the subjects that move so; older figures are of the first 12 sequences."""

os.environ.setdefault("MOCAP_PATH", str(ROOT.parent / "shared" / "mocap"))


MEASURES = ("mpjpe", "n_mpjpe", "pck", "pck_auc", "mpjve", "acceleration_error", "bone_variation")
"""Measures of the methods that bench/accuracy.py compares, besides the scores."""


class Scores(NamedTuple):
    """Mean, median and 90th percentile of the errors of frames [mm], and frames per second."""

    mean: float
    median: float
    most: float
    speed: float


def sequences(
    mode: str = "eval",
    fps: float | None = 10.0,
    camera: int = 1,
    subjects: Sequence[str] | None = None,
) -> list:
    """Return the sequences of the data set that one camera of the rig observes, in metres.

    Args:
        mode: "train" or "eval".
        fps: frames per second; None for as many as each sequence has.
        camera: number of the camera.
        subjects: ids of the subjects; by default all.
    """
    from human_pose_util.dataset import load_dataset

    spec = load_inference_params("mocap_big").dataset
    asked = {"modes": [mode], "camera_idxs": [camera], "subject_ids": subjects}
    chosen = spec.filter_kwargs.model_copy(update=asked)
    rate = spec.normalize_kwargs.model_copy(update={"fps": fps})
    spec = spec.model_copy(update={"filter_kwargs": chosen, "normalize_kwargs": rate})
    return list(load_dataset(spec, default_mode=mode).values())


def trained(
    gan_id: str,
    seed: int,
    models_dir: Path | None,
    max_steps: int | None = None,
    changes: dict[str, Any] | None = None,
):
    """Return a GAN, which is trained if it is not yet, and the seconds of its training.

    Args:
        gan_id: name of the GAN's parameter file.
        seed: added to the seed of the parameter file. With 0, the GAN is that of train.py.
        models_dir: folder of the models.
        max_steps: number of training steps; by default that of the parameter file.
        changes: new values of the GAN's parameters.
    """
    from gan import GanBuilder
    from gan.training import train

    gan = GanBuilder(gan_id, None, models_dir)
    name, changes = f"{gan_id}_changed" if changes else gan_id, changes or {}
    if seed:
        own = gan.params.seed + seed
        name, changes = f"{name}_seed{own}", {**changes, "seed": own}
    if changes:
        gan = gan.variant(gan.model_dir.with_name(name), **changes)
    timed = gan.model_dir / "bench_seconds.txt"
    if gan.latest_checkpoint is None:
        began = time.perf_counter()
        train(gan, max_steps or gan.params.max_steps)
        timed.write_text(str(time.perf_counter() - began))
    return gan, float(timed.read_text()) if timed.exists() else float("nan")


def frame_errors(p3: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return [n_frames] mean joint errors [mm] after Procrustes alignment without reflection.

    Args:
        p3: [n_frames, n_joints, 3] inferred poses, metres.
        truth: [n_frames, n_joints, 3] true poses, metres.
    """
    from human_pose_util.evaluate.metrics import p_mpjpe

    return MM_PER_M * p_mpjpe(p3, truth)


def means_of(p3: np.ndarray, take, skeleton, frame: str = "world") -> dict:
    """Return the means of a report's measures of a sequence, without those that are not determined.

    Args:
        p3: [n_frames, n_joints, 3] inferred poses, in the unit of the sequence.
        take: the true sequence.
        skeleton: the joints of both.
        frame: the frame of `p3`, "world" or "camera".
    """
    from human_pose_util.evaluate.comparison import compare
    from human_pose_util.evaluate.measures import evaluate
    from human_pose_util.evaluate.results_reader import InferredSequence

    inferred = InferredSequence(p3, take.attrs["space_scale"], skeleton.id, {"frame": frame})
    return evaluate(compare(inferred, take, skeleton))


def print_measures(rows: dict[str, dict], measures: Sequence[str], width: int) -> None:
    """Print a table of measures.

    Args:
        rows: label of a row → means by name of the measure.
        measures: names of the measures, the columns.
        width: width of the column of labels.
    """
    from human_pose_util.evaluate.report_formats import heading
    from human_pose_util.evaluate.table import Table

    cells = []
    for label, means in rows.items():
        values = [float(means[name].value) if name in means else float("nan") for name in measures]
        cells.append((label.ljust(width), *values))
    print(Table(("", *map(heading, measures)), tuple(cells)).text(), flush=True)


def scores(errors: np.ndarray, seconds: float) -> Scores:
    """Return the scores of errors.

    Args:
        errors: [n_frames], mm.
        seconds: time in which the method computed all poses.
    """
    speed = len(errors) / seconds
    return Scores(errors.mean(), np.median(errors), np.percentile(errors, 90), speed)


def once_compiled(function: Callable, *arguments) -> tuple:
    """Return the result of a function's second call, and its seconds; the first call compiles."""
    function(*arguments)
    began = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - began


class Evaluation(NamedTuple):
    """What a method is worth on sequences.

    Attributes:
        scores: the scores on all sequences, the speed without compilation.
        by_kind: kind of motion → mean error of its frames [mm], NaN where no sequence is of this
            kind.
        means: means of the measures of a report by name, over all sequences.
    """

    scores: Scores
    by_kind: dict[str, float]
    means: dict


def evaluation_of(predict: Callable[[Sequence], list[np.ndarray]], takes: Sequence) -> Evaluation:
    """Return what a method is worth on sequences.

    Args:
        predict: function from sequences to their poses in s24, in the axes of the world.
        takes: the sequences, in metres.
    """
    from human_pose_util.evaluate.measures import pooled
    from human_pose_util.skeleton import S24

    poses, seconds = once_compiled(predict, takes)
    errors = [
        frame_errors(p3, np.array(take["p3w"])) for p3, take in zip(poses, takes, strict=True)
    ]
    subjects = [take.attrs["subject_id"] for take in takes]
    by_kind = {}
    for kind, its in KINDS.items():
        own = [e for e, subject in zip(errors, subjects, strict=True) if subject in its]
        by_kind[kind] = float(np.concatenate(own).mean()) if own else float("nan")
    means = [means_of(p3, take, S24) for p3, take in zip(poses, takes, strict=True)]
    return Evaluation(scores(np.concatenate(errors), seconds), by_kind, pooled(means))


def lifter_of_flags(about: str):
    """Return the `PoseLifter` of the GAN that the command line names, trained if it is not yet.

    Args:
        about: what the bench does, for its --help.
    """
    from command_line import Parser
    from command_line.locations import add_location_flags
    from lifting import PoseLifter

    parser = Parser(about)
    parser.add_argument(
        "--gan",
        default="mocap_best",
        metavar="GAN_ID",
        help="GAN of the lifter (default: mocap_best)",
    )
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    return PoseLifter(trained(args.gan, 0, args.models_dir)[0])
