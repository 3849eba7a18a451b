"""What the command lines share: parser, signals, the start of TensorFlow, workers of a cluster.

Importing this package, or its modules of flags, imports no third-party package and takes
milliseconds. A script imports everything else inside its `main`, so that `run` deals with Ctrl-C
from the first moment on.
"""

from command_line.entry import run
from command_line.parser import Parser
from command_line.tensorflow_start import start_tensorflow

__all__ = ["Parser", "run", "start_tensorflow"]
