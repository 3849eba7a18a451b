"""Messages of the packages completed with the command or the flag that helps.

The packages know no script, so their messages only state what is wrong, and name arguments.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from human_pose_util.errors import DataError

_FLAGS = {name: f"--{name}" for name in (
    "csv", "film", "format", "fps", "measures", "models_dir", "reflection", "results",
    "scheduler", "size",
)} | {"skeleton_id": "--skeleton", "rotation": "--rotate"}  # fmt: skip
"""Name of an argument in the messages of the packages → the flag that sets it."""


def with_flags(message: str) -> str:
    """A message, in which packages write arguments in backquotes, with flags in their place.

    Args:
        message: the message.
    """
    return re.sub(f"`({'|'.join(_FLAGS)})`", lambda name: _FLAGS[name[1]], message)


def inference_command(inference_id: str, overwrite: bool = False) -> str:
    """The command that runs an inference, in backquotes.

    Args:
        inference_id: id of the inference run.
        overwrite: whether the command replaces stored results.
    """
    return f"`python generate_inferences.py {inference_id}{' -o' if overwrite else ''}`"


@contextmanager
def inference_hint(inference_id: str) -> Iterator[None]:
    """A context in which an error about missing results names the command that computes them.

    Args:
        inference_id: id of the inference run whose results are read.

    Raises:
        DataError: the error with the hint, in place of a `ResultsError`.
    """
    from human_pose_util.evaluate.results_file import ResultsError

    try:
        yield
    except ResultsError as error:
        command = inference_command(inference_id, overwrite=error.outdated)
        raise DataError(f"{error}: run {command}") from error
