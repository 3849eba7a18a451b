"""How functions of batches are computed: traced, for a first result soon, or compiled by XLA.

TensorFlow traces a function, which takes a second, and computes the graph of its operations. XLA
compiles the graph, which takes many seconds, and then computes the same in less time: worth it for
thousands of frames, not for hundreds. Rounding differs between the two, so the choice depends on
the problem alone, never on what a process has compiled already.

Rows are cut into batches, so that memory depends on the size of a batch, not on the number of rows.
XLA compiles for one batch size: there are few sizes, and the last batch is padded. In small batches
matrix products are rounded differently, and a search amplifies such differences. So no batch is
small unless a caller asks for it: the result of a row does not depend on the other rows.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

SIZES = (384, 64)
"""Sizes of batches. With more than 400 frames the working memory has blocks of over 32 MB, which
glibc returns to the system after every call (`human_pose_util.malloc`)."""

FEW = 8
"""A size for a handful of rows, where the time of a call counts."""

SEQUENCE_SIZES = (*SIZES, FEW)
"""Sizes of batches of one sequence, which may be as short as the window of a stream."""

MOST_TRACED = 4096
"""Largest number of rows, frames times starts, for which a search is not compiled: where the times
of the two cross (docs/inference.md has the rates)."""

_GRAIN = 64
"""A graph that is not compiled takes batches of any size; they are padded to a multiple of this
one, for which matrix products are rounded alike."""


@cache
def _concurrent() -> ThreadPoolExecutor:
    """The threads that compute batches: while one is in an operation that is not parallel, a second
    one uses the other core. A process with one thread, such as a worker of a cluster, computes one
    batch at a time.
    """
    return ThreadPoolExecutor(1 if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else 2)


def submit(function: Callable[..., Any], *arguments) -> Future:
    """Call a function on another core: a small batch does not occupy two of them.

    Args:
        function: neither it nor what it calls submits another or waits for one.
        arguments: of the function.
    """
    return _concurrent().submit(function, *arguments)


@dataclass(frozen=True)
class Execution:
    """A way to compute functions of tensors.

    Attributes:
        is_compiled: whether functions are compiled after they are traced.
    """

    is_compiled: bool

    def kernel(self, function: Callable) -> Callable:
        """A function of tensors as one unit of work, which XLA compiles where it is to.

        Args:
            function: takes tensors, or nested structures of them.
        """
        return tf.function(function, jit_compile=self.is_compiled, autograph=False)

    def part(self, function: Callable) -> Callable:
        """A function that several kernels have as a part, and that is traced once for all of them.

        XLA compiles each kernel as a whole, because it leaves out what a kernel does not use.

        Args:
            function: takes tensors, or nested structures of them.
        """
        return function if self.is_compiled else tf.function(function, autograph=False)

    def in_batches(
        self, function: Callable[..., Any], sizes: Sequence[int] = SIZES
    ) -> Callable[..., Any]:
        """A function of arrays with any number of rows, from a function of tensors.

        Args:
            function: takes tensors, or nested structures of them, whose first axis is a batch (if
                they have axes), and treats every row by itself.
            sizes: sizes of batches, from large to small.

        Returns:
            The function of NumPy arrays. Its first argument must have rows; an argument without
            axes is passed to every batch as it is.
        """
        on_batch = any_batch(function)

        def call(*arguments):
            def run(batch):
                rows, count = batch
                inputs = tf.nest.map_structure(lambda a: _rows(a, rows), arguments)
                # The rows after `count` are padding.
                return tf.nest.map_structure(lambda a: a.numpy()[:count], on_batch(*inputs))

            n = len(tf.nest.flatten(arguments[0])[0])
            first, *others = self._batches(n, sizes)
            outputs = [run(first), *_concurrent().map(run, others)]  # the first batch compiles
            return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *outputs)

        return call

    def _batches(self, n: int, sizes: Sequence[int]) -> Iterator[tuple[np.ndarray, int]]:
        """The rows of every batch, and how many of them count; the first row pads the rest."""
        first = 0
        # Even without any row there is one batch, whose outputs tell the shapes of the result.
        while first < n or first == 0:
            size = self._size(n - first, sizes)
            count = min(size, n - first)
            rows = np.full(size, first)
            rows[:count] += np.arange(count)
            yield rows, count
            first += size

    def _size(self, n_left: int, sizes: Sequence[int]) -> int:
        """The size of the next batch while so many rows are left."""
        if self.is_compiled:
            # The largest size of which more than half would be filled.
            return next((size for size in sizes if 2 * n_left > size), sizes[-1])
        grain = min(_GRAIN, sizes[-1])
        return min(sizes[0], grain * max(math.ceil(n_left / grain), 1))


COMPILED, TRACED = Execution(is_compiled=True), Execution(is_compiled=False)


def execution_for(n_rows: int) -> Execution:
    """The faster way for a number of rows, with the time of a compilation counted.

    Args:
        n_rows: number of frames, times the number of starts of each.
    """
    return COMPILED if n_rows > MOST_TRACED else TRACED


def any_batch(function: Callable) -> Callable:
    """A function whose number of rows may change from call to call; it is traced once.

    Args:
        function: takes tensors, or nested structures of them. The first axis of a tensor (if it
            has axes) is a batch. The other axes and the types must be those of the first call.

    Returns:
        The function of tensors or NumPy arrays.
    """
    structure = outputs = concrete = None

    def on_leaves(*leaves):
        nonlocal outputs
        outputs = function(*tf.nest.pack_sequence_as(structure, leaves))
        return tf.nest.flatten(outputs)

    def call(*arguments):
        nonlocal structure, concrete
        leaves = [tf.convert_to_tensor(leaf) for leaf in tf.nest.flatten(arguments)]
        if concrete is None:
            structure = tf.nest.map_structure(lambda leaf: None, arguments)
            # Without a signature, TensorFlow would trace again for every new number of rows.
            signature = [_with_free_rows(leaf) for leaf in leaves]
            traced = tf.function(on_leaves, input_signature=signature, autograph=False)
            # A call of `traced` would bind its arguments to their names, which takes milliseconds
            # for nested structures: as long as a small batch.
            concrete = traced.get_concrete_function()
        return tf.nest.pack_sequence_as(outputs, concrete(*leaves))

    return call


def _rows(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows of an array; an array without axes as it is, zeros for an array without rows."""
    array = np.asarray(array)
    if not array.ndim:
        return array
    if not len(array):
        return np.zeros((len(rows), *array.shape[1:]), array.dtype)
    return array[rows]


def _with_free_rows(tensor: tf.Tensor) -> tf.TensorSpec:
    """The specification of tensors like this one with any number of rows."""
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)
