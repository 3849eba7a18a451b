"""The libraries that scripts find imported in a fork; `forked_scripts` imports this in its server.

None of them starts a thread or reads a variable of the environment that a test may set.
"""

import h5py  # noqa: F401
import pydantic  # noqa: F401
import scipy.optimize
import scipy.sparse.linalg  # noqa: F401
import tqdm  # noqa: F401

from command_line.tensorflow_start import import_tensorflow

import_tensorflow()
