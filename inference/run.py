"""An inference run: every sequence of a data set into the results file."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tqdm import tqdm

from gan import GanBuilder
from human_pose_util.dataset import load_dataset
from human_pose_util.register import get_converter
from inference.objective import Weights
from inference.observations import observe_sequence
from inference.optimizer import Options, PoseOptimizer
from inference.params import InferenceParams
from inference.proposals import proposer_for
from inference.result import InferenceResult
from inference.results import ResultsWriter, as_json, made_by
from inference.status import Status

FRAMES_AT_A_TIME = 2048
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
    # A missing checkpoint is said before the data are read.
    attrs = {"inference_params": as_json(params.model_dump()), **made_by(builder)}
    dataset = load_dataset(params.dataset, default_mode="eval")
    skeleton_id = dataset.attrs["skeleton_id"]
    optimizer = optimizer_of(params, builder, dataset)
    height = heights_of(params)
    outcomes: Counter[Status] = Counter()
    with ResultsWriter(results, inference_id, attrs, overwrite) as writer:
        todo = {key: dataset[key] for key in dataset if key not in writer}
        n_frames = sum(int(s.attrs["n_frames"]) for s in todo.values())
        skipped = len(dataset) - len(todo)
        with tqdm(total=n_frames, desc=inference_id, unit="frame", disable=not progress) as bar:
            if skipped:
                bar.write(f"{skipped} of {len(dataset)} sequences are finished already")
            for group in _groups(todo, optimizer.groups_sequences):
                seen = [observe_sequence(s, height(key, s.attrs)) for key, s in group.items()]
                fits = optimizer.infer(seen)
                for (key, sequence), result in zip(group.items(), fits, strict=True):
                    writer.write(key, *_entry(result, sequence.attrs, skeleton_id))
                    outcomes += result.outcomes()
                    bar.update(len(result.p3w))
    return outcomes


def optimizer_of(params: InferenceParams, builder: GanBuilder, dataset: Mapping) -> PoseOptimizer:
    """The optimiser that a parameter file describes, for a data set in its units."""
    units = next(iter(dataset.values())).attrs
    return PoseOptimizer(
        builder.generator,
        builder.critic,
        get_converter(builder.skeleton.id, dataset.attrs["skeleton_id"]),
        weights_of(params, units["pixel_scale"]),
        options_of(params),
        float(units["space_scale"]),
        float(units["pixel_scale"]),
        params.camera,
        params.height != "unknown",
        proposer_for(builder, params.proposal_weight),
    )


def heights_of(params: InferenceParams) -> Callable[[str, Mapping], float | None]:
    """(key, attributes of a sequence) → the subject's height in the sequence's unit, if known."""
    if params.height == "unknown":
        return lambda key, attrs: None
    if params.height == "known":
        in_heights = {"scale_to_height": True, "space_scale": 1.0}
        kwargs = params.dataset.normalize_kwargs.model_copy(update=in_heights)
        spec = params.dataset.model_copy(update={"normalize_kwargs": kwargs})
        heights = load_dataset(spec, default_mode="eval")
        return lambda key, attrs: heights[key].attrs["space_scale"] / attrs["space_scale"]
    return lambda key, attrs: 1000 * params.height / attrs["space_scale"]


def weights_of(params: InferenceParams, pixel_scale: float) -> Weights:
    """The objective's weights in a parameter file, for images in units of `pixel_scale` pixels."""
    terms = ("consistency", "critic", "smoothness", "glide", "prior")
    return Weights(
        **{name: getattr(params, f"{name}_weight") for name in terms},
        proposal=params.proposal_weight or 0.0,
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


def _entry(result: InferenceResult, attrs: Mapping, skeleton_id: str) -> tuple[dict, dict]:
    names = ("p3w", "z", "yaw", "rotation", "translation", "cost", "iterations", "status")
    names = (*names, "std", "aligned_std", "hypotheses_p3w", "hypotheses_cost")
    arrays = {name: getattr(result, name) for name in names}
    described = {
        "frame": result.frame,
        "inference_time": result.seconds,
        "inference_fps": result.fps,
        "scale": result.scale,
        "space_scale": attrs["space_scale"],
        "pixel_scale": attrs["pixel_scale"],
        "f": result.f.mean(axis=0),
        "c": result.c.mean(axis=0),
        "skeleton_id": skeleton_id,
        "fps": attrs["fps"],
    }
    return {name: array for name, array in arrays.items() if array is not None}, described
