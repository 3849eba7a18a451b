"""Joints of a sequence, `annot.mat`: cell arrays over the cameras."""

from pathlib import Path

import numpy as np

from human_pose_util.dataset.mat import load_mat
from human_pose_util.dataset.plausible import check_person_size, is_plausible
from human_pose_util.errors import DataError
from human_pose_util.skeleton import MPI28


def read_annotations(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Read `annot3` and `annot2` of an `annot.mat` file.

    Returns:
        For every camera [n_frames, 28, 3] joints in the camera's frame [mm] and
        [n_frames, 28, 2] in its image [px].

    Raises:
        DataError: the file is missing or damaged, or holds other variables.
    """
    names = ("annot3", "annot2")
    content = load_mat(path, names)
    p3c, p2 = (_per_camera(content, name, int(name[-1]), path) for name in names)
    lengths = [[len(view) for view in views] for views in (p3c, p2)]
    if lengths[0] != lengths[1]:
        raise DataError(f"{path}: annot3 and annot2 differ in their cameras or frames")
    return p3c, p2


def _per_camera(content: dict, name: str, n_dims: int, path: Path) -> list[np.ndarray]:
    cells = content[name]
    if cells.dtype != object:
        raise DataError(f"{path}: {name} is no cell array over the cameras")
    views = []
    width = MPI28.n_joints * n_dims
    for i, view in enumerate(cells.ravel()):
        where = f"{path}: {name} of camera {i}"
        if not isinstance(view, np.ndarray) or view.dtype.kind not in "fiu":
            raise DataError(f"{where} is no array of numbers")
        if view.ndim != 2 or view.shape[1] != width or not len(view):
            raise DataError(f"{where} is {view.shape}, expected (n_frames, {width})")
        if not is_plausible(view).all():
            raise DataError(f"{where} holds NaN, or numbers that are no mm or px")
        views.append(view.reshape(-1, MPI28.n_joints, n_dims))
        if n_dims == 3:
            check_person_size(views[-1], where)
    return views
