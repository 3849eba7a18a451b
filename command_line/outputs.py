"""Files to write that must not replace what a command reads."""

from collections.abc import Iterable
from pathlib import Path

from human_pose_util.errors import SpecError


def check_outputs(outputs: Iterable[str | Path], inputs: Iterable[str | Path | None]) -> None:
    """Check that no file to write replaces what is read.

    Args:
        outputs: the files to write.
        inputs: the files and folders of files that are read; None for one that is not given.

    Raises:
        SpecError: an output is an input, or stands in a folder that is one.
    """
    sources = [Path(path).resolve() for path in inputs if path is not None]
    for output in map(Path, outputs):
        path = output.resolve()
        if path in sources or (path.exists() and path.parent in sources):
            raise SpecError(f"{output} is what the command reads: give what it writes another name")
