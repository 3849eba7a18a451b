"""An inference run: every sequence of a data set into the results file."""

import importlib.metadata
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tqdm import tqdm

from gan import GanBuilder
from human_pose_util.dataset import load_dataset
from human_pose_util.register import get_converter
from inference.objective import Weights
from inference.observations import observe_sequence
from inference.optimizer import Options, PoseOptimizer
from inference.params import InferenceParams
from inference.result import InferenceResult
from inference.results import ResultsWriter, as_json
from inference.status import Status

FRAMES_AT_A_TIME = 512
"""Short sequences are fitted together, up to about so many frames."""


def generate_all(
    inference_id: str,
    params: InferenceParams,
    builder: GanBuilder,
    results: Path,
    overwrite: bool = False,
    progress: bool = True,
) -> Counter[Status]:
    """Infer every sequence that is not finished yet.

    Args:
        inference_id: the group in the results file.
        params: what to do.
        builder: the trained GAN.
        results: the results file.
        overwrite: infer the finished sequences again.
        progress: show a bar.

    Returns:
        How many frames ended how, over the sequences of this call.
    """
    generator, critic = builder.generator, builder.critic
    dataset = load_dataset(params.dataset, default_mode="eval")
    skeleton_id = dataset.attrs["skeleton_id"]
    optimizer = PoseOptimizer(
        generator,
        critic,
        get_converter(builder.skeleton.id, skeleton_id),
        weights_of(params, next(iter(dataset.values())).attrs["pixel_scale"]),
        options_of(params),
        _space_scale(dataset),
    )
    outcomes: Counter[Status] = Counter()
    with ResultsWriter(results, inference_id, _run_attrs(params, builder), overwrite) as writer:
        todo = {key: dataset[key] for key in dataset if key not in writer}
        n_frames = sum(int(s.attrs["n_frames"]) for s in todo.values())
        skipped = len(dataset) - len(todo)
        with tqdm(total=n_frames, desc=inference_id, unit="frame", disable=not progress) as bar:
            if skipped:
                bar.write(f"{skipped} of {len(dataset)} sequences are finished already")
            for group in _groups(todo, optimizer.groups_sequences):
                fits = optimizer.infer([observe_sequence(s) for s in group.values()])
                for (key, sequence), result in zip(group.items(), fits, strict=True):
                    writer.write(key, *_entry(result, sequence.attrs, skeleton_id))
                    outcomes += result.outcomes()
                    bar.update(len(result.p3w))
    return outcomes


def weights_of(params: InferenceParams, pixel_scale: float) -> Weights:
    """The objective's weights in a parameter file, for images in units of `pixel_scale` pixels."""
    terms = ("consistency", "critic", "smoothness", "glide", "prior")
    return Weights(
        **{name: getattr(params, f"{name}_weight") for name in terms},
        robust_loss=params.robust_loss,
        robust_scale=params.robust_scale / pixel_scale,
    )


def options_of(params: InferenceParams) -> Options:
    """The optimiser's options in a parameter file."""
    return Options(**{name: getattr(params, name) for name in Options.__dataclass_fields__})


def _groups(sequences: Mapping, together: bool) -> Iterator[dict]:
    """Neighbouring sequences, about `FRAMES_AT_A_TIME` frames at a time."""
    group, n_frames = {}, 0
    for key, sequence in sequences.items():
        group[key] = sequence
        n_frames += int(sequence.attrs["n_frames"])
        if not together or n_frames >= FRAMES_AT_A_TIME:
            yield group
            group, n_frames = {}, 0
    if group:
        yield group


def _space_scale(dataset: Mapping) -> float:
    return float(next(iter(dataset.values())).attrs["space_scale"])


def _run_attrs(params: InferenceParams, builder: GanBuilder) -> dict:
    packages = ("tensorflow", "numpy", "scipy", "h5py")
    return {
        "inference_params": as_json(params.model_dump()),
        "gan_params": as_json(builder.params.model_dump()),
        "gan_id": builder.gan_id,
        "checkpoint_step": builder.step,
        "versions": as_json({name: importlib.metadata.version(name) for name in packages}),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def _entry(result: InferenceResult, attrs: Mapping, skeleton_id: str) -> tuple[dict, dict]:
    arrays = {
        name: getattr(result, name)
        for name in ("p3w", "z", "yaw", "translation", "cost", "iterations", "status")
    }
    if result.hypotheses_p3w is not None:
        arrays["hypotheses_p3w"] = result.hypotheses_p3w
        arrays["hypotheses_cost"] = result.hypotheses_cost
    described = {
        "inference_time": result.seconds,
        "inference_fps": result.fps,
        "scale": result.scale,
        "space_scale": attrs["space_scale"],
        "skeleton_id": skeleton_id,
        "fps": attrs["fps"],
    }
    return arrays, described
