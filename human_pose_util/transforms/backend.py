"""One implementation for NumPy arrays and TensorFlow tensors.

The few functions that the optimiser shares with the data code use only names and arguments that
`numpy` and `tensorflow` have in common. Array in, array out; tensor in, tensor out. TensorFlow is
never imported from here: a tensor can exist only if somebody else has.
"""

import sys
from types import ModuleType

import numpy as np


def backend(*values) -> ModuleType:
    """`tensorflow` if any of the values is a tensor or a variable, `numpy` otherwise."""
    tf = sys.modules.get("tensorflow")
    if tf is not None and any(tf.is_tensor(v) or isinstance(v, tf.Variable) for v in values):
        return tf
    return np


def take(x, indices, axis: int):
    """Entries of `x` along one axis: `np.take`, or `tf.gather` for tensors."""
    xp = backend(x)
    return np.take(x, indices, axis=axis) if xp is np else xp.gather(x, indices, axis=axis)


def asarray(x):
    """`x` as a floating-point array; a tensor, or a floating-point array, as it is."""
    if backend(x) is not np:
        return x
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
