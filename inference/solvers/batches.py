"""Running compiled functions of batches over any number of rows.

XLA compiles for one batch size, so rows are cut into batches of a few sizes, and the last of them
is padded. Memory depends on the size of a batch, not on the number of rows.

In small batches products of matrices are rounded in another way, and a search makes much of little.
So there are none, unless they are asked for: what a row becomes does not depend on the others.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from inference.solvers.compiled import any_batch

SIZES = (384, 64)
"""More than 400 frames would work with blocks of over 32 MB, which glibc does not keep
(`human_pose_util.malloc`)."""

FEW = 8
"""A size for a handful of rows, where time counts."""

_AT_ONCE = ThreadPoolExecutor(1 if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else 2)
"""While one batch is at something that is not parallel, the other goes on, where it may."""


def in_batches(function: Callable, sizes: Sequence[int] = SIZES) -> Callable:
    """A function of arrays with any number of rows, from one of tensors.

    Args:
        function: takes tensors, or nested structures of them, whose first axis (where there is
            one) is a batch, and treats every row for itself.
        sizes: of batches, from large to small.

    Returns:
        The same on NumPy arrays. The first argument has to have rows; an argument without axes is
        given to every batch as it is.
    """
    compiled = any_batch(function)

    def call(*arguments):
        def run(batch):
            rows, count = batch
            given = tf.nest.map_structure(lambda a: _take(a, rows), arguments)
            return tf.nest.map_structure(lambda a: a.numpy()[:count], compiled(*given))

        n = len(tf.nest.flatten(arguments[0])[0])
        first, *others = _batches(n, sizes)
        outputs = [run(first), *_AT_ONCE.map(run, others)]  # the first one compiles
        return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *outputs)

    return call


def _batches(n: int, sizes: Sequence[int]) -> Iterator[tuple[np.ndarray, int]]:
    """Rows of every batch, padded by row 0 of those that count, and how many count."""
    first = 0
    while first < n or first == 0:
        left = n - first
        size = next((s for s in sizes if 2 * left > s), sizes[-1])
        count = min(size, left)
        rows = np.full(size, first)
        rows[:count] += np.arange(count)
        yield rows, count
        first += size


def _take(array: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    array = np.asarray(array)
    if not array.ndim:
        return array
    if not len(array):
        return np.zeros((len(rows), *array.shape[1:]), array.dtype)
    return array[rows]
