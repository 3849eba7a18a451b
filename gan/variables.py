"""TensorFlow variables as arrays by name, which is what a checkpoint holds."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from gan.checkpoint import Checkpoint


def arrays(variables: Iterable[tf.Variable]) -> dict[str, np.ndarray]:
    """Values of variables by name, as `restore` takes them from a checkpoint."""
    return {name_of(v): v.numpy() for v in variables}


def restore(variables: Iterable[tf.Variable], loaded: Checkpoint) -> None:
    """Assign the arrays of a checkpoint to the variables of the same names.

    Args:
        variables: the variables to assign to; arrays of other names are ignored.
        loaded: the checkpoint.

    Raises:
        DataError: the array of a variable is missing or has another shape.
    """
    for v in variables:
        name, shape = name_of(v), tuple(v.shape)
        array = loaded.arrays.get(name)
        if array is None or array.shape != shape:
            raise loaded.refused(f"has no array {name} of shape {shape}")
        v.assign(array.astype(v.dtype.as_numpy_dtype))


def name_of(v: tf.Variable) -> str:
    """The name that was given to a variable, without the ":0" that TensorFlow appends."""
    return v.name.split(":")[0]
