"""Writes the demo as a tree of CDF files in the layout of Human3.6M on the disk of its users."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np

from computed_people.actions import ACTIONS, FPS, perform
from computed_people.body import SUBJECTS, make_body
from computed_people.cameras import CAMERAS
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.errors import DataError, SpecError
from human_pose_util.progress import progress_bar

MARKER = "demo.json"
"""The file with the recipe of a finished tree."""

_UNFINISHED_MARKER = "demo.unfinished.json"
_VERSION = 1  # of the motion: to be raised when a recipe begins to give other files


@dataclass(frozen=True)
class Recipe:
    """The content of a demo tree; equal recipes give equal bytes.

    Attributes:
        seed: seed of bodies and motion.
        takes: number of takes of every action and subject.
        seconds: length of a take.
        subjects: the subjects, some of `SUBJECTS`.

    Raises:
        SpecError: a value is out of its range.
    """

    seed: int = 0
    takes: int = 1
    seconds: float = 6.0
    subjects: tuple[str, ...] = SUBJECTS

    def __post_init__(self):
        if self.seed < 0:
            raise SpecError(f"the seed must be 0 or more, got {self.seed}")
        if self.takes < 1:
            raise SpecError(f"there must be at least 1 take of an action, got {self.takes}")
        if not 0.2 <= self.seconds <= 3600:
            raise SpecError(f"a take lasts 0.2 to 3600 seconds, got {self.seconds}")
        if len(set(self.subjects)) < len(self.subjects):
            raise SpecError(f"subjects {' '.join(self.subjects)}: one is there twice")
        unknown = [subject for subject in self.subjects if subject not in SUBJECTS]
        if unknown or not self.subjects:
            raise SpecError(
                f"subjects {' '.join(unknown) or 'missing'}: choose from {' '.join(SUBJECTS)}"
            )

    @property
    def n_frames(self) -> int:
        """Number of frames of every sequence."""
        return round(self.seconds * FPS)

    def sequences(self) -> Iterator[tuple[str, str, int]]:
        """Subject, action and take of every sequence."""
        yield from product(self.subjects, ACTIONS, range(self.takes))


def sequence_name(action: str, take: int) -> str:
    """Human3.6M's name of a take: `Walking`, `Walking 1`, `Walking 2`, ….

    Args:
        action: name of the action.
        take: number of the take, from 0.
    """
    return f"{action} {take}" if take else action


def write_tree(out, recipe: Recipe, progress: bool = False) -> bool:
    """Write a demo tree, or complete an interrupted one; a finished tree is left as it is.

    The tree holds `D3_positions/S1/Walking.cdf` (world, mm),
    `D3_positions_mono/S1/Walking.54138969.cdf` (frame of a camera, mm) and
    `D2_positions/S1/Walking.54138969.cdf` (image, px) for every subject, action, take and camera,
    each with one variable `Pose`, [1, n_frames, 96] or [1, n_frames, 64], float32.

    Args:
        out: the folder, which is created if it is missing.
        recipe: the content.
        progress: whether to show a progress bar.

    Returns:
        Whether anything was written; False if the tree was finished before.

    Raises:
        SpecError: the folder holds other files, or a demo of another recipe.
        DataError: the folder cannot be written.
    """
    root = Path(out)
    description = json.dumps({"version": _VERSION, **asdict(recipe)}, indent=2) + "\n"
    try:
        if _is_finished(root, description):
            return False
        root.mkdir(parents=True, exist_ok=True)
        (root / _UNFINISHED_MARKER).write_text(description, encoding="utf-8")
        sequences = list(recipe.sequences())
        bodies = {subject: make_body(subject, recipe.seed) for subject in recipe.subjects}
        with progress_bar("writing the demo", len(sequences), progress, unit="seq") as bar:
            for subject, action, take in sequences:
                p3w = perform(bodies[subject], subject, action, take, recipe.n_frames, recipe.seed)
                _write_sequence(root, subject, sequence_name(action, take), p3w)
                bar.update()
        os.replace(root / _UNFINISHED_MARKER, root / MARKER)
    except OSError as error:
        raise DataError(f"{root}: cannot be written: {error}") from error
    return True


def _is_finished(root: Path, description: str) -> bool:
    """Whether the tree is complete; SpecError if it is not this demo, nor a new folder."""
    for marker in (MARKER, _UNFINISHED_MARKER):
        if (root / marker).is_file():
            if (root / marker).read_text(encoding="utf-8") != description:
                raise SpecError(
                    f"{root} holds a demo with other settings (see {marker}): "
                    "delete it or choose another folder"
                )
            return marker == MARKER
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise SpecError(f"{root} holds no demo and is not empty: choose another folder")
    return False


def _write_sequence(root: Path, subject: str, name: str, p3w) -> None:
    """Write the files of a take, from joints [n_frames, 32, 3] in the world [mm]."""
    for camera_id, camera in CAMERAS.items():
        p3c = camera.to_camera(p3w)
        file = f"{subject}/{name}.{camera_id}.cdf"
        write_cdf(root / "D3_positions_mono" / file, p3c)
        write_cdf(root / "D2_positions" / file, camera.project(p3c))
    write_cdf(root / "D3_positions" / subject / f"{name}.cdf", p3w)


def write_cdf(path: Path, points) -> None:
    """Write one CDF file with the variable `Pose`, atomically.

    The bytes of the file depend on the points only.

    Args:
        path: the file, ending in `.cdf`; its folder is created if it is missing.
        points: [n_frames, n_joints, 2 or 3] points, in px or mm.

    Raises:
        DataError: the CDF library cannot write there.
    """
    pycdf = load_pycdf()
    values = np.asarray(points, dtype=np.float32).reshape(1, len(points), -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.stem}.partial.cdf")
    partial.unlink(missing_ok=True)
    try:
        with pycdf.CDF(str(partial), "") as cdf:
            cdf.new(
                "Pose",
                data=values,
                type=pycdf.const.CDF_FLOAT,
                compress=pycdf.const.GZIP_COMPRESSION,
                compress_param=1,
            )
        os.replace(partial, path)
    except pycdf.CDFError as error:
        raise DataError(f"{path}: cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
