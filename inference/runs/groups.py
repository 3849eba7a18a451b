"""Groups of sequences that workers infer, each group in one call.

One sequence that cannot be read or fitted fails its whole group. The keys of a group that fails are
therefore tried again, each as a group of its own: only that one sequence is lost.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from human_pose_util.dataset import Dataset
from human_pose_util.workers import Workers, spread
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.solvers.execution import COMPILED, TRACED

FRAMES_OF_A_GROUP = {COMPILED: 2048, TRACED: 512}
"""Number of frames from which on a group of short sequences, inferred in one call, is full. Without
a compilation small groups are as fast, and the first of them is saved sooner."""

T = TypeVar("T")


@dataclass(frozen=True)
class GroupOutcome(Generic[T]):
    """How the sequences of a group ended.

    Attributes:
        finished: what is wanted of their results, by key; empty where the group failed.
        failures: the error of a sequence that failed by itself, by key.
    """

    finished: dict[str, T] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)


def infer_groups(
    groups: Iterable[Sequence[str]],
    observe: Callable[[str], Observations],
    workers: Workers,
    convert: Callable[[str, InferenceResult], T],
) -> Iterator[GroupOutcome[T]]:
    """Infer groups.

    Args:
        groups: the keys of the sequences of each group.
        observe: takes a key, and gives the observations of the sequence. An exception fails the
            sequence.
        workers: their job infers the observations of a group.
        convert: takes a key and a result, and gives what is wanted of the result. An exception
            fails the sequence.

    Yields:
        Outcomes in the order in which groups are finished. Every key is in one of them.
    """
    alone: list[list[str]] = []
    for keys, outcome in _attempt(groups, observe, workers, convert):
        if isinstance(outcome, Exception) and len(keys) > 1:
            alone.extend([key] for key in keys)
        else:
            yield _outcome(keys, outcome)
    for keys, outcome in _attempt(alone, observe, workers, convert):
        yield _outcome(keys, outcome)


def _attempt(
    groups: Iterable[Sequence[str]],
    observe: Callable[[str], Observations],
    workers: Workers,
    convert: Callable[[str, InferenceResult], T],
) -> Iterator[tuple[Sequence[str], dict[str, T] | Exception]]:
    """The keys of each group with what is wanted of their results, or with the group's error."""
    unread: list[tuple[Sequence[str], Exception]] = []

    def items() -> Iterator[tuple[Sequence[str], list[Observations]]]:
        for keys in groups:
            try:
                yield keys, [observe(key) for key in keys]
            except Exception as error:  # a damaged file may raise anything
                unread.append((keys, error))

    # A group is read when a worker has room for it, so only a few groups are in memory.
    for keys, results in spread(workers, items()):
        if isinstance(results, Exception):
            yield keys, results
            continue
        try:
            finished = {k: convert(k, result) for k, result in zip(keys, results, strict=True)}
        except Exception as error:
            yield keys, error
            continue
        yield keys, finished
    yield from unread


def _outcome(keys: Sequence[str], outcome: dict[str, T] | Exception) -> GroupOutcome[T]:
    """The outcome of a group that is not tried again."""
    if isinstance(outcome, Exception):
        return GroupOutcome(failures={keys[0]: outcome})
    return GroupOutcome(finished=outcome)


def groups_of(dataset: Dataset, search: PoseSearch) -> Iterator[list[str]]:
    """Keys of neighbouring sequences, about `FRAMES_OF_A_GROUP` frames in each group.

    Args:
        dataset: the sequences by key.
        search: says whether it joins sequences, and how it is computed.
    """
    n_full = FRAMES_OF_A_GROUP[search.execution]
    group: list[str] = []
    n_frames = 0
    for key in dataset:
        group.append(key)
        n_frames += n_frames_of(dataset, [key])
        if not search.joins_sequences or n_frames >= n_full:
            yield group
            group, n_frames = [], 0
    if group:
        yield group


def n_frames_of(dataset: Dataset, keys: Iterable[str]) -> int:
    """The number of frames of sequences.

    Args:
        dataset: the sequences by key.
        keys: keys of some of them.
    """
    return sum(int(dataset[key].attrs["n_frames"]) for key in keys)
