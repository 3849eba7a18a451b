"""Where a data set is, a folder that the caller or an environment variable names; its files."""

import os
from collections.abc import Iterable
from pathlib import Path

from human_pose_util.errors import DataError


def find_root(
    root: str | os.PathLike | None, variable: str, contents: str, npz: bool = False
) -> Path:
    """The folder of a data set.

    Args:
        root: the folder; by default the value of the environment variable.
        variable: name of the environment variable.
        contents: describes the folder in an error message, for example "the folder of ...".
        npz: an `.npz` file may stand in place of the folder.

    Raises:
        DataError: the variable is not set, or there is no such folder or file.
    """
    root = root or os.environ.get(variable)
    if not root:
        raise DataError(f"the environment variable {variable} is not set: set it to {contents}")
    path = Path(root).expanduser()
    # These two functions return False for a name that no file can have; `Path.is_dir` raises.
    if not (os.path.isdir(path) or (npz and path.suffix == ".npz" and os.path.isfile(path))):
        kind = "folder or .npz file" if npz else "folder"
        raise DataError(f"{variable}: there is no {kind} {path}; set it to {contents}")
    return path


def inner_folder(root: Path, name: str) -> Path:
    """The folder of that name in `root`, or `root` where that is the folder itself."""
    return root / name if os.path.isdir(root / name) else root


def list_folder(folder: Path) -> list[Path]:
    """The contents of a folder, sorted, without hidden files; DataError if it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"cannot read {folder}: {error.strerror}") from error


def video_attrs(paths: Iterable[Path]) -> dict[str, str]:
    """The attribute `video_path` of a view, or none where it has no video.

    Args:
        paths: where the video may be; the first file that exists counts.
    """
    return next(({"video_path": str(path)} for path in paths if os.path.isfile(path)), {})
