"""Where HumanEva keeps what."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from os.path import isdir, isfile  # which never raise
from pathlib import Path

from human_pose_util.dataset.eva import meta
from human_pose_util.errors import DataError

VARIABLE = "HUMAN_EVA_1_PATH"
_CALIBRATION_FOLDERS = ("Calibration_Data", "Calibration_DATA")


def find_root(root: str | os.PathLike | None = None) -> Path:
    """The data set's folder, or VideoPose3D's file: `root`, or what HUMAN_EVA_1_PATH says.

    Raises:
        DataError: not set, or no such folder or file.
    """
    root = root or os.environ.get(VARIABLE)
    if not root:
        raise DataError(
            f"the environment variable {VARIABLE} is not set: set it to the folder of HumanEva-I "
            "(with S1/Mocap_Data, …), or to VideoPose3D's data_3d_humaneva15.npz"
        )
    root = Path(root).expanduser()
    if not (isdir(root) or (root.suffix == ".npz" and isfile(root))):
        raise DataError(f"{root} ({VARIABLE}): there is no such folder or .npz file")
    return root


@dataclass(frozen=True)
class Recording:
    """The files of one trial of one action.

    Attributes:
        subject_id, action, trial: what it is.
        mocap: its .mat or .c3d file.
        measurements: the subject's .mp file.
        views: camera → its .ofs and its .cal file; none for trial 3.
    """

    subject_id: str
    action: str
    trial: int
    mocap: Path
    measurements: Path
    views: dict[str, tuple[Path, Path]]

    @property
    def sequence_id(self) -> str:
        """Action and trial, as in file names."""
        return f"{self.action}_{self.trial}"

    @property
    def sources(self) -> list[Path]:
        """All the files."""
        return [self.mocap, self.measurements, *sum(self.views.values(), ())]


@dataclass(frozen=True)
class Files:
    """The files of a HumanEva folder."""

    root: Path

    def recordings(self) -> Iterator[Recording]:
        """All labelled recordings that are there."""
        for subject_id in meta.SUBJECTS:
            folder = self.root / subject_id / "Mocap_Data"
            for action in meta.ACTIONS:
                for trial in meta.FPS:
                    name = f"{action}_{trial}"
                    mocap = [p for s in (".mat", ".c3d") if isfile(p := folder / f"{name}{s}")]
                    if mocap:
                        views = self._views(subject_id, name) if trial == meta.VIDEO_TRIAL else {}
                        yield Recording(
                            subject_id, action, trial, mocap[0], folder / f"{subject_id}.mp", views
                        )

    def _views(self, subject_id: str, name: str) -> dict[str, tuple[Path, Path]]:
        folder = self.root / subject_id / "Sync_Data"
        syncs = {camera: folder / f"{name}_({camera}).ofs" for camera in meta.CAMERAS}
        syncs = {camera: path for camera, path in syncs.items() if isfile(path)}
        if not syncs:
            raise DataError(f"{folder} has no {name}_(C1).ofs: no camera's synchronisation")
        return {
            camera: (path, self._calibration(subject_id, camera)) for camera, path in syncs.items()
        }

    def _calibration(self, subject_id: str, camera: str) -> Path:
        paths = [self.root / subject_id / f / f"{camera}.cal" for f in _CALIBRATION_FOLDERS]
        return next(filter(isfile, paths), paths[0])

    def video(self, subject_id: str, sequence_id: str, camera: str) -> Path | None:
        """The video of a view, where it is there."""
        path = self.root / subject_id / "Image_Data" / f"{sequence_id}_({camera}).avi"
        return path if isfile(path) else None
