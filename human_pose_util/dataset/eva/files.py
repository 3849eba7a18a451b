"""The files of a HumanEva-I folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from os.path import isfile  # This function returns False where `Path.is_file` raises.
from pathlib import Path

from human_pose_util.dataset import eva_protocol as protocol
from human_pose_util.errors import DataError

_CALIBRATION_FOLDERS = ("Calibration_Data", "Calibration_DATA")


@dataclass(frozen=True)
class Recording:
    """The files of one trial of one action.

    Attributes:
        subject_id: the subject.
        action: the action.
        trial: number of the trial.
        mocap: the .mat or .c3d file of the motion capture.
        measurements: the .mp file of the subject.
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
        """All files of the recording."""
        return [self.mocap, self.measurements, *sum(self.views.values(), ())]


def find_recordings(root: Path) -> Iterator[Recording]:
    """All labelled recordings in a HumanEva-I folder.

    Raises:
        DataError: a recording with video has no camera's synchronisation.
    """
    for subject_id, action, trial in product(protocol.SUBJECTS, protocol.ACTIONS, protocol.FPS):
        folder, name = root / subject_id / "Mocap_Data", f"{action}_{trial}"
        mocap = [p for s in (".mat", ".c3d") if isfile(p := folder / f"{name}{s}")]
        if mocap:
            views = _views(root / subject_id, name) if trial == protocol.VIDEO_TRIAL else {}
            yield Recording(subject_id, action, trial, mocap[0], folder / f"{subject_id}.mp", views)


def video_path(root: Path, subject_id: str, sequence_id: str, camera: str) -> Path:
    """Where the video of a view is, if it is there.

    Args:
        root: the HumanEva-I folder.
        subject_id: the subject.
        sequence_id: action and trial.
        camera: the camera.
    """
    return root / subject_id / "Image_Data" / f"{sequence_id}_({camera}).avi"


def _views(folder: Path, name: str) -> dict[str, tuple[Path, Path]]:
    """Camera → its .ofs and its .cal file, in the folder of a subject."""
    syncs = {c: folder / "Sync_Data" / f"{name}_({c}).ofs" for c in protocol.CAMERAS}
    syncs = {camera: path for camera, path in syncs.items() if isfile(path)}
    if not syncs:
        raise DataError(
            f"{folder / 'Sync_Data'} has no {name}_(C1).ofs: no camera's synchronisation"
        )
    return {camera: (path, _calibration(folder, camera)) for camera, path in syncs.items()}


def _calibration(folder: Path, camera: str) -> Path:
    """The .cal file of a camera, where one of the spellings of its folder has it."""
    paths = [folder / name / f"{camera}.cal" for name in _CALIBRATION_FOLDERS]
    return next(filter(isfile, paths), paths[0])
