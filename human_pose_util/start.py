"""What a process sets before it imports TensorFlow."""

import os

from human_pose_util.memory import keep_freed


def prepare_tensorflow(threads: int | None = None) -> None:
    """Have TensorFlow start quickly and quietly, and work fast; what the user has set stays.

    Args:
        threads: how many it is to have, whatever was set; by default one for each core.
    """
    keep_freed()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Keras, which is not used, would be a third of the import. The older one is not even there.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    if threads:
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
