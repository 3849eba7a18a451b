"""What commands make, whatever befalls them on the way: each a `Job` with its own checks."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

import h5py
import numpy as np

from gan import checkpoint
from human_pose_util.dataset.h3m.parts import read_views
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_reader import Inferred, read_inferences
from tests.helpers.fault_processes import Ended, Running
from tests.helpers.fault_workspace import N_SEQUENCES, Place

_OF_TIME = ("inference_time", "inference_fps", "created")
_OF_REPORTS = re.compile("@(n_frames|n_left_out|.*proc_err.*)$")  # errors that reports keep


@dataclass(frozen=True)
class Job:
    """A command, and what it is to make in a folder.

    Attributes:
        place: the data, the parameters, and undisturbed runs to compare with.
        name: of the parameter file, and of the undisturbed run.
    """

    place: Place
    name: str

    def start(self, folder: Path, *more, **environment) -> Running:
        """Begin, or go on from what is in the folder."""
        raise NotImplementedError

    def finished(self, folder: Path) -> dict[str, Any]:
        """What there is that no fault may take back; fails where it is not whole."""
        raise NotImplementedError

    def made(self, folder: Path) -> dict[str, Any]:
        """All that the command has made, to be compared with an undisturbed run's."""
        raise NotImplementedError

    def check_kept(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """See that what was finished has stayed as it was."""
        assert before.items() <= after.items()

    def check_resumed(self, before: dict[str, Any], ended: Ended) -> None:
        """See that a run went on from what was there."""

    @property
    def undisturbed(self) -> Path:
        """The folder of an undisturbed run."""

        def run(folder: Path) -> None:
            folder.mkdir()
            ended = self.start(folder).end().finished()
            _seconds(folder).write_text(str(ended.seconds))

        return self.place.once(f"undisturbed-{type(self).__name__}-{self.name}", run)

    @property
    def seconds(self) -> float:
        """How long the undisturbed run took."""
        return float(_seconds(self.undisturbed).read_text())

    def disturb(self, run: Running, folder: Path, *signals: Signals, gap: float = 0.0) -> Ended:
        """Send signals, and check what they leave."""
        for number in signals:
            run.signal(number)
            time.sleep(gap)
        ended = run.end().stopped()
        self.finished(folder)
        return ended

    def complete(self, folder: Path, **environment) -> None:
        """Run to the end; all has to be there then as if nothing had happened, nothing else."""
        before = self.finished(folder)
        ended = self.start(folder, **environment).end().finished()
        self.check_resumed(before, ended)
        self.check_kept(before, self.finished(folder))
        made, reference = self.made(folder), self.made(self.undisturbed)
        assert made.keys() == reference.keys()
        for name, value in reference.items():
            np.testing.assert_array_equal(made[name], value, err_msg=name)
        assert leftovers(folder) == []


class Inference(Job):
    """generate_inferences.py on all sequences."""

    def start(self, folder, *more, **environment):
        results = ("--results", folder / "results.hdf5")
        return self.place.start(
            folder, "generate_inferences.py", self.name, *results, *more, **environment
        )

    def finished(self, folder):
        found = inferred(folder / "results.hdf5", self.name, self.place.keys)
        for key, each in found.items():
            assert each.p3w.shape == (self.place.n_frames, 14, 3), key
            assert np.isfinite(each.p3w).all(), key
            assert each.attrs["skeleton_id"] == "s14"
            assert each.attrs["inference_time"] > 0
        return {
            key: (hashlib.sha256(each.p3w.tobytes()).hexdigest(), each.attrs["inference_time"])
            for key, each in found.items()
        }

    def made(self, folder):
        content = group_content(folder / "results.hdf5", self.name)
        return {name: v for name, v in content.items() if not _OF_REPORTS.search(name)}

    def check_resumed(self, before, ended):
        said = re.search(r"(\d+) of (\d+) sequences are finished already", ended.out + ended.err)
        assert (said is not None) == bool(before)
        if said:
            assert (int(said[1]), int(said[2])) == (len(before), N_SEQUENCES)


class Caching(Inference):
    """report.py on finished results, in which it keeps the errors."""

    def start(self, folder, *more, **environment):
        results = folder / "results.hdf5"
        if not results.exists():
            shutil.copyfile(Inference(self.place, self.name).undisturbed / results.name, results)
        where = ("--results", results)
        return self.place.start(folder, "report.py", self.name, *where, *more, **environment)

    def made(self, folder):
        return group_content(folder / "results.hdf5", self.name)

    def check_resumed(self, before, ended):
        assert "errors are not cached" not in ended.err


class Keypoints(Inference):
    """infer_keypoints.py on a short film."""

    def start(self, folder, *more, **environment):
        where = ("--gan", "small", "--size", "1920x1080", "--id", self.name)
        where += ("--results", folder / "results.hdf5")
        return self.place.start(
            folder, "infer_keypoints.py", self.place.film, *where, *more, **environment
        )

    def finished(self, folder):
        for each in inferred(folder / "results.hdf5", self.name, ["person0"]).values():
            assert np.isfinite(each.p3w).all()
        return {}  # every run lifts anew


@dataclass(frozen=True)
class Training(Job):
    """train.py on a small GAN.

    Attributes:
        args: flags.
    """

    args: tuple[str, ...] = ()

    def start(self, folder, *more, **environment):
        where = ("--models_dir", folder)
        return self.place.start(
            folder, "train.py", self.name, *self.args, *where, *more, **environment
        )

    def finished(self, folder):
        return {
            str(path.parent.relative_to(folder)): max(loaded_steps(path.parent))
            for path in sorted(folder.rglob("step-*.npz"))
        }

    def made(self, folder):
        newest = {path.parent: path for path in sorted(folder.rglob("step-*.npz"))}
        return {
            f"{parent.relative_to(folder)}/{path.name}/{name}": array
            for parent, path in newest.items()
            for name, array in checkpoint.load(path).arrays.items()
        }

    def check_kept(self, before, after):
        for name, step in before.items():
            assert after[name] >= step, name

    def check_resumed(self, before, ended):
        first = re.search(r"(\d+)/\d+ \[", ended.err)
        if "checkpoints" in before and first:
            assert int(first[1]) == before["checkpoints"]


class Conversion(Job):
    """h3m_report.py on a data set that is to be converted first, and few results."""

    def start(self, folder, *more, **environment):
        results = ("--results", self.place.h3m_results)
        environment |= {"POSE_CACHE": folder}
        return self.place.start(folder, "h3m_report.py", self.name, *results, *more, **environment)

    def finished(self, folder):
        parts = list(folder.glob("*.parts/*.h5"))
        for part in parts:
            assert read_views(part), part
        return {part.name: (part.stat().st_ino, part.stat().st_mtime_ns) for part in parts}

    def made(self, folder):
        (path,) = (p for p in folder.glob("h3m-*.h5") if not p.stem.endswith(".partial"))
        content = {}
        with h5py.File(path, "r") as file:
            for key in file:
                if key != "index":
                    for name in file[key]:
                        content |= _arrays(file[key][name], f"{key}/{name}")
        return content


def inferred(path: Path, name: str, keys: Iterable[str]) -> dict[str, Inferred]:
    """The finished sequences of a group of results; none where there is no group yet."""
    try:
        return read_inferences(path, name, keys).finished
    except DataError as error:
        if re.search("no results yet|no sequence .* is finished yet", str(error)):
            return {}
        raise


def loaded_steps(directory: Path) -> list[int]:
    """The steps of a folder's checkpoints, each of them read and found whole."""
    steps = []
    for path in checkpoint.checkpoints(directory):
        loaded = checkpoint.load(path)
        assert loaded.step == checkpoint.step_of(path)
        assert all(np.isfinite(array).all() for array in loaded.arrays.values()), path
        steps.append(loaded.step)
    return steps


def group_content(path: Path, name: str) -> dict[str, Any]:
    """Arrays and attributes of a group of results, without what an inference's time shows in."""
    with h5py.File(path, "r") as file:
        return _arrays(file[name], name)


def leftovers(folder: Path) -> list[str]:
    """Files that a command made for its own use only."""
    temporary = re.compile(r"\..*-[0-9a-f]{32}.*|.*\.partial.*|.*\.journal")
    return [p for _, folders, files in os.walk(folder) for p in folders + files
            if temporary.fullmatch(p)]  # fmt: skip


def _seconds(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.seconds")


def _arrays(node, name: str) -> dict[str, Any]:
    content = {f"{name}@{key}": v for key, v in node.attrs.items() if key not in _OF_TIME}
    if isinstance(node, h5py.Dataset):
        return content | {name: node[()]}
    for child in node:
        content |= _arrays(node[child], f"{name}/{child}")
    return content
