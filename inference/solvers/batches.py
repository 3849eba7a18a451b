"""Compiled functions of batches, called with any number of rows.

XLA compiles for one batch size, so rows are cut into batches of a few sizes, and the last batch is
padded. Memory depends on the size of a batch, not on the number of rows.

In small batches matrix products are rounded differently, and a search amplifies such differences.
So there are no small batches unless a caller asks for them: the result of a row does not depend on
the other rows.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf

from inference.solvers.compiled import any_batch

SIZES = (384, 64)
"""Sizes of batches. With more than 400 frames the working memory has blocks of over 32 MB, which
glibc returns to the system after every call (`human_pose_util.malloc`)."""

FEW = 8
"""A size for a handful of rows, where the time of a call counts."""

_CONCURRENT = ThreadPoolExecutor(1 if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else 2)
"""While one batch is in an operation that is not parallel, a second one uses the other core. A
process with one thread, such as a worker of a cluster, computes one batch at a time."""


def in_batches(function: Callable[..., Any], sizes: Sequence[int] = SIZES) -> Callable[..., Any]:
    """A function of arrays with any number of rows, from a function of tensors.

    Args:
        function: takes tensors, or nested structures of them, whose first axis is a batch (if they
            have axes), and treats every row by itself.
        sizes: sizes of batches, from large to small.

    Returns:
        The function of NumPy arrays. Its first argument must have rows; an argument without axes is
        passed to every batch as it is.
    """
    compiled = any_batch(function)

    def call(*arguments):
        def run(batch):
            rows, count = batch
            inputs = tf.nest.map_structure(lambda a: _rows(a, rows), arguments)
            return tf.nest.map_structure(lambda a: a.numpy()[:count], compiled(*inputs))

        n = len(tf.nest.flatten(arguments[0])[0])
        first, *others = _batches(n, sizes)
        outputs = [run(first), *_CONCURRENT.map(run, others)]  # the first batch compiles
        return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *outputs)

    return call


def _batches(n: int, sizes: Sequence[int]) -> Iterator[tuple[np.ndarray, int]]:
    """The rows of every batch, and how many of them count; the first row pads the rest."""
    first = 0
    while first < n or first == 0:
        n_left = n - first
        size = next((s for s in sizes if 2 * n_left > s), sizes[-1])
        count = min(size, n_left)
        rows = np.full(size, first)
        rows[:count] += np.arange(count)
        yield rows, count
        first += size


def _rows(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows of an array; an array without axes as it is, zeros for an array without rows."""
    array = np.asarray(array)
    if not array.ndim:
        return array
    if not len(array):
        return np.zeros((len(rows), *array.shape[1:]), array.dtype)
    return array[rows]
