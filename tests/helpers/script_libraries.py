"""The libraries that scripts find imported in a fork; `forked_scripts` imports this in its server.

None of them starts a thread or reads a variable of the environment that a test may set.
"""

# ruff: noqa: E402, F401  (imports for their effect, TensorFlow by the function that makes it quiet)

import h5py
import matplotlib.backends.backend_agg
import mpl_toolkits.mplot3d
import pydantic.fields
import scipy.interpolate
import scipy.ndimage
import scipy.optimize
import scipy.sparse.linalg
import tqdm

from command_line.tensorflow_start import import_tensorflow
from tests.helpers.garbage import spare_libraries

import_tensorflow()

import tensorboard.plugins.hparams.summary_v2

spare_libraries()
