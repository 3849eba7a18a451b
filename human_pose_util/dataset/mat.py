"""MATLAB's `.mat` files."""

import io
from pathlib import Path
from typing import Any

from human_pose_util.dataset.mat_structure import check_structure
from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file, readable


def load_mat(path: Path, names: tuple[str, ...], **options: Any) -> dict[str, Any]:
    """Variables of a `.mat` file (MATLAB's versions 4 to 7).

    Args:
        path: the file.
        names: the variables to read, which are all needed.
        options: passed on to `scipy.io.loadmat`.

    Raises:
        DataError: the file is missing or damaged, or lacks a variable.
    """
    import scipy.io

    with readable(path, ".mat file"):
        data = read_file(path)
        check_structure(data, names)
        try:
            content = scipy.io.loadmat(io.BytesIO(data), variable_names=names, **options)
        except NotImplementedError as error:
            raise DataError(f"{path} is in MATLAB's v7.3 format: save it with -v7") from error
    for name in names:
        if name not in content:
            raise DataError(f"{path} has no variable {name}")
    return content
