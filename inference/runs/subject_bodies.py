"""The bodies of a data set's subjects, each from frames of all sequences of the subject.

A subject has one body in all sequences, whatever camera shows them. A sample of the frames of every
sequence tells a height and lengths of bones; the mean over these frames is the body of the subject.
Then every sequence is inferred by itself, with this body (`"body": "known"`).

The sample is small, and the data set alone determines it: a run that goes on after an interruption
finds the same bodies again within seconds, whichever sequences are finished, and nothing has to be
stored. Sequences need not be in memory together, however many a subject has.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from human_pose_util.dataset import Dataset
from human_pose_util.errors import DataError
from human_pose_util.sampling import evenly_spaced
from human_pose_util.workers import Workers
from inference.model.observations import Observations
from inference.params import InferenceParams
from inference.runs.groups import infer_groups
from inference.search.inference_result import InferenceResult
from inference.settings import SEQUENCE_WEIGHTS

FRAMES_OF_A_SUBJECT = 512
"""About how many frames tell a subject's body. A quarter of them tells nearly the same one."""

FEWEST_FRAMES = 8
"""Number of frames that a sequence of a subject with many sequences contributes."""


@dataclass(frozen=True)
class SubjectBody:
    """The body of a subject.

    Attributes:
        height: height of the subject, in the unit of lengths of its sequences.
        lengths: [n_kinds] lengths of bones (`inference.model.body`) in subject heights.
        refined_lengths: [n_kinds] those to which a refinement holds bones
            (`inference.search.refinement`); None where poses are not refined.
    """

    height: float
    lengths: np.ndarray
    refined_lengths: np.ndarray | None


def sample_params(params: InferenceParams) -> InferenceParams:
    """The parameters of the search that finds bodies, frame by frame.

    Args:
        params: the parameters of the run.
    """
    # Frames of a sample are far apart: neither motion nor a path joins them.
    motion = dict.fromkeys(SEQUENCE_WEIGHTS, 0.0)
    plain = {"body": "unknown", "optimizer": "lm", "keep_hypotheses": 1, "path_weight": 0.0}
    return params.model_copy(update={**motion, **plain, "uncertainty": False})


def params_with_bodies(params: InferenceParams) -> InferenceParams:
    """The parameters of the search that holds to the bodies of the subjects.

    Args:
        params: the parameters of the run.
    """
    # An unknown height is found with the body, and is then known as the body is.
    height = "known" if params.height == "unknown" else params.height
    return params.model_copy(update={"body": "known", "height": height})


def sample_sizes(dataset: Dataset) -> dict[str, int]:
    """How many frames of each sequence tell the body of its subject, at most.

    Args:
        dataset: all sequences of the run.
    """
    # All sequences of a subject count, the finished ones too: a run that goes on finds the same
    # bodies as one that was not interrupted.
    n_sequences = Counter(subject_of(key, dataset) for key in dataset)
    return {
        key: min(
            int(dataset[key].attrs["n_frames"]),
            max(FRAMES_OF_A_SUBJECT // n_sequences[subject_of(key, dataset)], FEWEST_FRAMES),
        )
        for key in dataset
    }


def subject_of(key: str, dataset: Dataset) -> str:
    """The subject of a sequence; a sequence that names none has a subject of its own.

    Args:
        key: of the sequence.
        dataset: has the sequence.
    """
    subject = dataset[key].attrs.get("subject_id")
    return f"sequence {key}" if subject is None else f"subject {subject}"


def subject_bodies(
    dataset: Dataset,
    keys: Iterable[str],
    observe: Callable[[str], Observations],
    workers: Workers,
) -> dict[str, SubjectBody]:
    """The bodies of the subjects of some sequences, as all sequences of these subjects tell them.

    Sequences that cannot be read or fitted tell nothing. A subject of which no sequence tells a
    pose is left out.

    Args:
        dataset: all sequences of the run.
        keys: the sequences whose subjects count.
        observe: takes a key, and gives the observations of the sequence.
        workers: their job is the search with `sample_params`.
    """
    sizes = sample_sizes(dataset)
    groups: dict[str, list[str]] = {subject_of(key, dataset): [] for key in keys}
    for key in dataset:
        if (subject := subject_of(key, dataset)) in groups:
            groups[subject].append(key)

    def sample(key: str) -> Observations:
        return _sample(observe(key), sizes[key])

    found: dict[str, InferenceResult] = {}
    for outcome in infer_groups(groups.values(), sample, workers, lambda key, result: result):
        found |= outcome.finished
    # In the order of the data set, not in that in which workers finish.
    fits = {subject: [found[k] for k in group if k in found] for subject, group in groups.items()}
    return {subject: _body(results) for subject, results in fits.items() if results}


def observer_with_bodies(
    dataset: Dataset,
    keys: Iterable[str],
    observe: Callable[[str], Observations],
    workers: Workers,
) -> Callable[[str], Observations]:
    """A function from a key to the sequence's observations, with the body of its subject.

    It raises DataError where no sequence of the subject tells a body: poses of a height that nobody
    knows would look like all others.

    Args:
        dataset: all sequences of the run.
        keys: the sequences that will be observed.
        observe: takes a key, and gives observations without a body; a height that they have is
            kept.
        workers: their job is the search with `sample_params`.
    """
    bodies = subject_bodies(dataset, keys, observe, workers)

    def observe_with_body(key: str) -> Observations:
        observed, body = observe(key), bodies.get(subject_of(key, dataset))
        if body is None:
            raise DataError(f"no sequence tells the body of {subject_of(key, dataset)}")
        height = body.height if observed.height is None else observed.height
        return replace(
            observed, height=height, lengths=body.lengths, refined_lengths=body.refined_lengths
        )

    return observe_with_body


def _sample(observed: Observations, n_frames: int) -> Observations:
    """Frames of a sequence that tell a pose, evenly spaced."""
    telling = np.flatnonzero(observed.tells_pose)
    if not len(telling):
        raise DataError("no frame shows enough joints to tell a pose")
    return observed.at(telling[evenly_spaced(len(telling), n_frames)])


def _body(results: list[InferenceResult]) -> SubjectBody:
    """The mean of what the samples of a subject's sequences tell, weighted by numbers of frames."""
    n_frames = [len(result.p3w) for result in results]
    mean = partial(np.average, axis=0, weights=n_frames)
    is_refined = results[0].refined_lengths is not None
    return SubjectBody(
        float(mean([result.scale for result in results])),
        mean([result.lengths for result in results]),
        mean([result.refined_lengths for result in results]) if is_refined else None,
    )
