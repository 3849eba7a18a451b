"""Functions of batches return every row once, in order, compiled or op by op."""

import numpy as np
import pytest
import tensorflow as tf

from inference.solvers.execution import (
    COMPILED,
    FEW,
    MOST_TRACED,
    SIZES,
    TRACED,
    execution_for,
)

EXECUTIONS = pytest.mark.parametrize("execution", [COMPILED, TRACED], ids=["compiled", "op by op"])


@EXECUTIONS
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 65, 300, 513, 1100])
def test_every_row_is_returned_in_order(n, execution):
    def function(x, factor, pair):
        return {"sum": factor * tf.reduce_sum(x, axis=1), "same": pair[0] + pair[1]}

    x = np.arange(2.0 * n, dtype=np.float32).reshape(n, 2)
    rows = execution.in_batches(function)(x, np.float32(3), (x, x))
    np.testing.assert_array_equal(rows["sum"], 3 * x.sum(axis=1))
    np.testing.assert_array_equal(rows["same"], 2 * x)


def sizes_of_batches(execution, *sizes_of_in_batches) -> list[int]:
    """The sizes of the batches in which several numbers of rows are computed."""
    sizes = []

    def note(x):
        sizes.append(len(x))
        return x

    function = lambda x: tf.numpy_function(note, [x], tf.float32)  # noqa: E731
    call = execution.in_batches(function, *sizes_of_in_batches)
    for n in (1, 20, 100, 511, 700, 2000):
        call(np.zeros((n, 1), np.float32))
    return sizes


def test_compiled_batches_have_few_sizes_only():
    assert set(sizes_of_batches(COMPILED)) <= set(SIZES)


def test_batches_op_by_op_have_few_blank_rows():
    """And none is so small that products are rounded differently."""
    sizes = sizes_of_batches(TRACED)
    assert max(sizes) == SIZES[0]
    assert min(sizes) == 64
    assert sum(sizes) < 1 + 20 + 100 + 511 + 700 + 2000 + 6 * 64
    assert sizes_of_batches(TRACED, (*SIZES, FEW))[0] == FEW


def test_function_is_traced_once_for_all_sizes():
    shapes = []
    call = COMPILED.in_batches(lambda x: shapes.append(x.shape[0]) or x)
    for n in (3, 400):
        call(np.zeros((n, 1), np.float32))
    assert shapes == [None]


@EXECUTIONS
def test_kernel_computes_the_function(execution):
    square = execution.kernel(lambda x: x * x)
    np.testing.assert_array_equal(square(tf.constant([2.0, 3.0])), [4.0, 9.0])


def test_long_work_is_compiled():
    assert execution_for(MOST_TRACED) is TRACED
    assert execution_for(MOST_TRACED + 1) is COMPILED
