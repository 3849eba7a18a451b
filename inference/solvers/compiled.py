"""Compiling functions of batches once, whatever the batch's size."""

from collections.abc import Callable

import tensorflow as tf


def any_batch(function: Callable) -> Callable:
    """A compiled function whose number of rows may change from call to call.

    Args:
        function: takes tensors, or nested structures of them. The first axis of a tensor (if it
            has axes) is a batch. The other axes and the types must be those of the first call.

    Returns:
        The function of tensors or NumPy arrays. TensorFlow traces it once, at the first call.
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
    """The specification of tensors like this one with any number of rows."""
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)
