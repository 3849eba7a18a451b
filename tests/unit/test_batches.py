"""Compiled batches return every row once, in order, whatever the number of rows."""

import numpy as np
import pytest
import tensorflow as tf

from inference.solvers.batches import SIZES, in_batches


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 65, 300, 513, 1100])
def test_every_row_is_returned_in_order(n):
    sizes = set()

    def function(x, factor, pair):
        sizes.add(x.shape[0])
        return {"sum": factor * tf.reduce_sum(x, axis=1), "same": pair[0] + pair[1]}

    x = np.arange(2.0 * n, dtype=np.float32).reshape(n, 2)
    call = in_batches(function)
    rows = call(x, np.float32(3), (x, x))
    np.testing.assert_array_equal(rows["sum"], 3 * x.sum(axis=1))
    np.testing.assert_array_equal(rows["same"], 2 * x)
    assert sizes == {None}  # traced once, for any size


def test_batches_have_few_sizes_only():
    sizes = []

    def note(x):
        sizes.append(len(x))
        return x

    call = in_batches(lambda x: tf.numpy_function(note, [x], tf.float32))
    for n in (1, 20, 100, 511, 700, 2000):
        call(np.zeros((n, 1), np.float32))
    assert set(sizes) <= set(SIZES)
