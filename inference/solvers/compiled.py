"""Compiling functions of batches once, whatever the batch's size."""

from collections.abc import Callable

import tensorflow as tf


def any_batch(function: Callable) -> Callable:
    """A compiled function whose tensors may have any number of rows from call to call.

    Args:
        function: takes tensors, or nested structures of them. The first axis of those that have
            any is a batch; the other axes, and the types, are those of the first call.

    Returns:
        The same function of tensors or NumPy arrays, traced once.
    """
    compiled = None

    def call(*arguments):
        nonlocal compiled
        arguments = tf.nest.map_structure(tf.convert_to_tensor, arguments)
        if compiled is None:
            signature = tf.nest.map_structure(_rows_free, arguments)
            compiled = tf.function(function, input_signature=signature, autograph=False)
        return compiled(*arguments)

    return call


def _rows_free(tensor: tf.Tensor) -> tf.TensorSpec:
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)
