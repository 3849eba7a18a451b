"""Importing TensorFlow so that it starts quickly and quietly, and works fast."""

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from command_line import signals
from human_pose_util.malloc import keep_freed


def start_tensorflow() -> None:
    """Import TensorFlow without the notes on libraries that it writes to stderr at its start."""
    # Not before: a script starts with the standard library alone, so as to hear of Ctrl-C at once.
    from human_pose_util.progress import waiting

    with (
        quiet_stderr() as stderr,
        os.fdopen(os.dup(stderr), "w") as terminal,
        waiting("starting TensorFlow", terminal),
        signals.ends_at_once(stderr),
    ):
        import_tensorflow()


def import_tensorflow(threads: int | None = None) -> None:
    """Import TensorFlow for the first time; from now on the process keeps memory that it frees.

    Args:
        threads: how many threads TensorFlow gets; by default as many as the user has set in the
            environment, or one for each core.
    """
    keep_freed()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads:
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    # Keras 3 takes a third of the time of TensorFlow's import, and nothing here uses it. TensorFlow
    # leaves it out when it is told to use the older Keras, which it imports on first use only.
    # Afterwards Keras can still be imported.
    is_users_choice = "TF_USE_LEGACY_KERAS" in os.environ
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    try:
        tf = importlib.import_module("tensorflow")
        # TensorFlow rewrites a graph before it first runs it, which is a fifth of the time until
        # the first pose. The project's graphs run as fast without: XLA has passes of its own, and
        # the others are small matrix products that nothing can fuse.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        # It warns of lines that are traced often, as those of several GANs in one process are, and
        # of deprecated calls within itself. Neither is anything that the user could mend.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    finally:
        if not is_users_choice:
            del os.environ["TF_USE_LEGACY_KERAS"]


@contextmanager
def quiet_stderr() -> Iterator[int]:
    """A context in which everything that is written to file descriptor 2 is lost.

    Redirecting `sys.stderr` would not be enough, because C++ writes to the descriptor.

    Yields:
        Another file descriptor, which still leads to the old stderr.
    """
    sys.stderr.flush()
    old_stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        yield old_stderr
    finally:
        os.dup2(old_stderr, 2)
        os.close(old_stderr)
        os.close(devnull)
