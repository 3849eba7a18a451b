"""The motion that accuracy is measured on, and how."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inference.params import load_inference_params
from serialization import ROOT

os.environ.setdefault("MOCAP_PATH", str(ROOT.parent / "shared" / "mocap"))


class Scores(NamedTuple):
    """Mean, median and 90th percentile of frames' errors [mm], and frames/s."""

    mean: float
    median: float
    most: float
    speed: float


def sequences(mode: str = "eval", fps: float = 10.0, camera: int = 1) -> list:
    """Sequences of the data set, in metres, seen by one camera of the rig."""
    from human_pose_util.dataset import load_dataset

    spec = load_inference_params("mocap_big").dataset
    chosen = spec.filter_kwargs.model_copy(update={"modes": [mode], "camera_idxs": [camera]})
    rate = spec.normalize_kwargs.model_copy(update={"fps": fps})
    spec = spec.model_copy(update={"filter_kwargs": chosen, "normalize_kwargs": rate})
    return list(load_dataset(spec, default_mode=mode).values())


def trained(gan_id: str, seed: int, models_dir: Path | None, max_steps: int | None = None):
    """A GAN with another seed (0 for its own), trained if it is not yet, and the seconds it took.

    The one with its own seed is the one that train.py trains.
    """
    from gan import GanBuilder

    gan = GanBuilder(gan_id, None, models_dir)
    if seed:
        own = gan.params.seed + seed
        gan = gan.variant(gan.model_dir.with_name(f"{gan_id}_seed{own}"), seed=own)
    timed = gan.model_dir / "bench_seconds.txt"
    if gan.latest_checkpoint is None:
        began = time.perf_counter()
        gan.train(max_steps or gan.params.max_steps)
        timed.write_text(str(time.perf_counter() - began))
    return gan, float(timed.read_text()) if timed.exists() else float("nan")


def frame_errors(p3: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """[n_frames] mean joint errors [mm] after Procrustes alignment without reflection."""
    from human_pose_util.evaluate.metrics import p_mpjpe

    return 1000 * p_mpjpe(p3, truth)


def scores(errors: np.ndarray, seconds: float) -> Scores:
    """Of errors [n_frames] that were made in so many seconds."""
    speed = len(errors) / seconds
    return Scores(errors.mean(), np.median(errors), np.percentile(errors, 90), speed)


def once_compiled(function: Callable, *arguments) -> tuple:
    """What a function gives, and the seconds it takes, when it is called again."""
    function(*arguments)
    began = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - began


def scores_of(predict: Callable[[Sequence], list[np.ndarray]], takes: Sequence) -> Scores:
    """Errors of what a method makes of sequences, and its speed once it is compiled.

    Args:
        predict: sequences → their poses, each in the world or in the camera's frame.
        takes: the sequences, in metres.
    """
    poses, seconds = once_compiled(predict, takes)
    errors = np.concatenate(
        [frame_errors(p3, np.array(take["p3w"])) for p3, take in zip(poses, takes, strict=True)]
    )
    return scores(errors, seconds)
