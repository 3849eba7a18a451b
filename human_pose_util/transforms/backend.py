"""One implementation for NumPy arrays and TensorFlow tensors.

The functions that the optimiser shares with the data code use names and arguments that `numpy` and
`tensorflow` have in common: from arrays they compute arrays, from tensors tensors. This module does
not import TensorFlow: where a tensor exists, another module has imported it.
"""

import sys
from types import ModuleType

import numpy as np


def backend(*values) -> ModuleType:
    """The module `tensorflow` if any of the values is a tensor or a variable, else `numpy`."""
    tf = sys.modules.get("tensorflow")
    if tf is not None and any(tf.is_tensor(v) or isinstance(v, tf.Variable) for v in values):
        return tf
    return np


def take(x, indices, axis: int):
    """Entries of an array (`np.take`) or a tensor (`tf.gather`) along one axis.

    Args:
        x: [A1, ..., An] array or tensor.
        indices: [k] integers.
        axis: the axis along which `indices` select.

    Returns:
        An array or a tensor like `x`, with k entries along the axis.
    """
    xp = backend(x)
    return np.take(x, indices, axis=axis) if xp is np else xp.gather(x, indices, axis=axis)


def asarray(x):
    """A floating-point array of `x`; tensors and floating-point arrays are returned unchanged."""
    if backend(x) is not np:
        return x
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
