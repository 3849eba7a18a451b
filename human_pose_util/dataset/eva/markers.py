"""Motion capture, `Mocap_Data/<sequence>.mat` or `.c3d`: labelled markers over time.

The `.mat` files are C3D files converted by the release's MATLAB code: `Markers`
(n_frames, n_markers, 3) and `ParameterGroup`, the C3D parameter section as a struct array with
the fields `name` and `Parameter`, the latter again a struct array with `name` and `data`.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mat import load_mat
from human_pose_util.dataset.plausible import is_plausible
from human_pose_util.errors import DataError
from human_pose_util.extras import install_command
from human_pose_util.files.reading import readable


@dataclass(frozen=True)
class Markers:
    """Positions of labelled markers.

    Attributes:
        path: the file of the markers.
        positions: [n_frames, n_markers, 3] world frame [mm]; NaN where a marker is missing.
        columns: label, without a subject's prefix → index of the marker.
    """

    path: Path
    positions: np.ndarray
    columns: Mapping[str, int]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.positions)

    def __getitem__(self, label: str) -> np.ndarray:
        """Positions [n_frames, 3] of a marker; DataError where the file lacks it."""
        try:
            return self.positions[:, self.columns[label]]
        except KeyError:
            raise DataError(f"{self.path} has no marker {label!r}") from None


def read_markers(path: Path) -> Markers:
    """Read a `.mat` or a `.c3d` file, in which a marker at exactly (0, 0, 0) is missing.

    Raises:
        DataError: the file is missing or damaged, or lacks the markers or their labels.
    """
    read = _read_c3d if path.suffix == ".c3d" else _read_mat
    positions, labels = read(path)
    if len(labels) < positions.shape[1]:
        raise DataError(
            f"{path} has {positions.shape[1]} markers and {len(labels)} labels: it is damaged"
        )
    if not len(positions) or not is_plausible(positions, allow_nan=True).all():
        raise DataError(f"{path} has no frame, or markers that are kilometres away: it is damaged")
    missing = np.all(positions == 0, axis=-1)
    positions = np.where(missing[..., None], np.nan, positions)
    names = [label.rpartition(":")[2].strip() for label in labels[: positions.shape[1]]]
    # The first marker of a name counts.
    columns = {name: i for i, name in reversed(list(enumerate(names)))}
    return Markers(path, positions, columns)


def _read_mat(path: Path) -> tuple[np.ndarray, list[str]]:
    file = load_mat(path, ("Markers", "ParameterGroup"))
    groups = load_mat(path, ("ParameterGroup",), simplify_cells=True)
    markers = file["Markers"]
    if markers.ndim != 3 or markers.shape[2] < 3 or markers.dtype.kind not in "fiu":
        problem = f"Markers has shape {markers.shape} of {markers.dtype}"
        raise DataError(f"{path}: {problem}, expected (n_frames, n_markers, 3) of numbers")
    point = _entry(groups["ParameterGroup"], "POINT", path)
    labels = _entry(point.get("Parameter"), "LABELS", path).get("data")
    return np.asarray(markers[..., :3], np.float64), [str(label) for label in _listed(labels)]


def _entry(structs, name: str, path: Path) -> dict:
    """The element of a struct array whose field `name` has this value."""
    for entry in _listed(structs):
        words = _listed(entry.get("name")) if isinstance(entry, dict) else []
        if "".join(map(str, words)).strip() == name:
            return entry
    raise DataError(f"{path}: its ParameterGroup has no {name} (POINT:LABELS names the markers)")


def _listed(value) -> Iterable:
    """A MATLAB array of any shape as a list; a single element may come without its array."""
    if value is None:
        return []
    return list(np.ravel(value)) if isinstance(value, (list, np.ndarray)) else [value]


def _read_c3d(path: Path) -> tuple[np.ndarray, list[str]]:
    try:
        import c3d
    except ImportError as error:
        raise DataError(f"{path} needs the package c3d: {install_command('eva')}") from error

    # The reader warns of optional parameters that Vicon leaves out.
    no_warnings = warnings.catch_warnings(action="ignore")
    with readable(path, "C3D file"), path.open("rb") as stream, no_warnings:
        reader = c3d.Reader(stream)
        n_frames = reader.last_frame - reader.first_frame + 1
        labels = list(reader.point_labels)
        frames = [points for _, points, _ in reader.read_frames(copy=True)]
    if len(frames) != n_frames or not frames:
        raise DataError(f"{path} ends after {len(frames)} of {n_frames} frames: it is damaged")
    points = np.array(frames, dtype=np.float64)
    invalid = points[..., 3] < 0
    return np.where(invalid[..., None], 0.0, points[..., :3]), [str(label) for label in labels]
