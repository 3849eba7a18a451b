"""Long sequences in windows that share a few frames: memory and compilation stay what they are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult

WINDOW, OVERLAP = 512, 32
"""Frames that are fitted together, and how many of them a window shares with either neighbour."""


class Window(NamedTuple):
    """Frames [first, last) that are fitted together, of which [low, high) count as its own."""

    first: int
    last: int
    low: int
    high: int


def windows_of(n: int) -> list[Window]:
    """Windows whose own frames are those of a film, each once."""
    windows, kept, last = [], 0, min(WINDOW, n)
    while kept < n:
        end = n if last == n else last - OVERLAP
        windows.append(Window(max(last - WINDOW, 0), last, kept, end))
        kept, last = end, min(end + WINDOW - OVERLAP, n)
    return windows


def taken(observed: Observations, rows) -> Observations:
    """The observations of some frames."""
    names = ("p2", "weights", "r", "t", "f", "c")
    return replace(observed, **{name: getattr(observed, name)[rows] for name in names})


_OVER_FRAMES = ("z", "place", "f", "c", "cost", "iterations", "status")


def joined(results: Sequence[InferenceResult], windows: Sequence[Window]) -> InferenceResult:
    """The windows' results as one; poses of shared frames go over from the one to the other.

    Near its end a window knows little of the depth, which would jump otherwise.
    """
    n = windows[-1].last
    total, weight = np.zeros((n, *results[0].p3w.shape[1:])), np.zeros((n, 1, 1))
    for result, window in zip(results, windows, strict=True):
        frames = np.arange(window.first, window.last)
        after = frames - window.first + 1 if window.first else np.full(len(frames), n)
        before = window.last - frames if window.last < n else np.full(len(frames), n)
        share = np.minimum(np.minimum(after, before), 2 * OVERLAP)[:, None, None]
        total[frames] += share * result.p3w
        weight[frames] += share
    own = [slice(w.low - w.first, w.high - w.first) for w in windows]
    parts = {
        name: [getattr(r, name)[rows] for r, rows in zip(results, own, strict=True)]
        for name in _OVER_FRAMES
    }
    whole = {name: np.concatenate(part) for name, part in parts.items()}
    return replace(results[0], p3w=(total / weight).astype(np.float32), **whole)
