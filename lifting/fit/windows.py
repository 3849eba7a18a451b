"""Long films in windows that share a few frames: memory and compilation do not grow with a film."""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from human_pose_util.camera import Camera
from inference.model.observations import Observations
from inference.search.inference_result import OF_FRAMES, InferenceResult
from inference.search.pose_search import PoseSearch

WINDOW, MARGIN = 512, 32
"""Number of frames that are fitted together, and of those at either end of a window that are the
neighbour's own: two windows share twice as many."""

FramesDone = Callable[[int], Any]
"""Called with the number of further frames that are done."""


class Window(NamedTuple):
    """Frames that are fitted together, and those among them whose result counts.

    Attributes:
        first: the first frame.
        last: the end, one after the last frame.
        low: the first frame that counts as the window's own.
        high: the end of its own frames.
    """

    first: int
    last: int
    low: int
    high: int


def windows_of(n: int) -> list[Window]:
    """Windows of a film of `n` frames; each frame is one window's own."""
    windows, low, last = [], 0, min(WINDOW, n)
    while low < n:
        high = n if last == n else last - MARGIN
        windows.append(Window(max(last - WINDOW, 0), last, low, high))
        low, last = high, min(high + WINDOW - MARGIN, n)
    return windows


def fit_in_windows(
    search: PoseSearch, observed: Observations, progress: FramesDone
) -> InferenceResult:
    """The result of a search for a film, fitted in windows that share a few frames.

    Args:
        search: the search.
        observed: the observations of the film.
        progress: called with the number of further frames that are done.
    """

    def fit(window: Window) -> InferenceResult:
        return search.infer([observed.at(slice(window.first, window.last))])[0]

    windows, results = windows_of(len(observed)), []
    with ThreadPoolExecutor(2) as pool:
        # The first window traces or compiles; the others then run two at a time.
        in_order = itertools.chain([fit(windows[0])], pool.map(fit, windows[1:]))
        for window, result in zip(windows, in_order, strict=True):
            results.append(result)
            progress(window.high - window.low)
    return join(results, windows)


def join(results: Sequence[InferenceResult], windows: Sequence[Window]) -> InferenceResult:
    """The results of windows as one.

    The poses of frames that two windows share are means with weights that grow with the distance
    from the window's end: near its end a window knows little of the depth, and without that the
    depth would jump.

    Args:
        results: the results of the windows.
        windows: the windows, in order of time.
    """
    n = windows[-1].last
    total, weight = np.zeros((n, *results[0].p3w.shape[1:])), np.zeros((n, 1, 1))
    for result, window in zip(results, windows, strict=True):
        frames = np.arange(window.first, window.last)
        from_first = frames - window.first + 1 if window.first else np.full(len(frames), n)
        to_last = window.last - frames if window.last < n else np.full(len(frames), n)
        share = np.minimum(np.minimum(from_first, to_last), 2 * MARGIN)[:, None, None]
        total[frames] += share * result.p3w
        weight[frames] += share
    own = [
        (result, slice(window.low - window.first, window.high - window.first))
        for result, window in zip(results, windows, strict=True)
    ]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(result, name)[rows] for result, rows in own])
        for name in OF_FRAMES
        if getattr(results[0], name) is not None
    }
    arrays["p3w"] = (total / weight).astype(np.float32)
    camera = Camera.concatenated([result.camera.at(rows) for result, rows in own])
    return replace(results[0], camera=camera, **arrays)
