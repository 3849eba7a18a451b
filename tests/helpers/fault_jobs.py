"""The commands that tests disturb. Each is a `CommandJob`, which checks what the command leaves."""

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
from human_pose_util.dataset.h3m.sequence_part import read_views
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_reader import InferredSequence, read_inferences
from tests.helpers.fault_processes import EndedCommand, RunningCommand
from tests.helpers.fault_workspace import N_SEQUENCES, FaultWorkspace

_TIME_ATTRS = ("inference_time", "inference_fps", "created")
_REPORT_ATTRS = re.compile("@(n_frames|n_left_out|.*proc_err.*)$")  # errors that reports keep


@dataclass(frozen=True)
class CommandJob:
    """A command, and the files that it has to write into a folder.

    Attributes:
        workspace: the data, the parameters, and undisturbed runs to compare with.
        name: name of the parameter file.
        args: further flags of the command.
    """

    workspace: FaultWorkspace
    name: str
    args: tuple[str, ...] = ()

    def start(self, folder: Path, *more, **environment) -> RunningCommand:
        """Start the command, which goes on from the files in the folder."""
        raise NotImplementedError

    def finished(self, folder: Path) -> dict[str, Any]:
        """What no later fault may undo, by name; fails if any of it is damaged."""
        raise NotImplementedError

    def outputs(self, folder: Path) -> dict[str, Any]:
        """All values that the command has written, by name."""
        raise NotImplementedError

    def check_kept(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Check that what was finished before a fault is unchanged after it."""
        assert before.items() <= after.items()

    def check_resumed(self, before: dict[str, Any], ended: EndedCommand) -> None:
        """Check that a run went on from the files of the runs before it."""

    @property
    def undisturbed(self) -> Path:
        """The folder of an undisturbed run."""

        def run(folder: Path) -> None:
            folder.mkdir()
            ended = self.start(folder).end().finished()
            _seconds(folder).write_text(str(ended.seconds))

        variant = "".join(self.args).replace("/", "") + "-fresh" * self.workspace.fresh
        return self.workspace.once(f"undisturbed-{type(self).__name__}-{self.name}{variant}", run)

    @property
    def seconds(self) -> float:
        """Duration of the undisturbed run."""
        return float(_seconds(self.undisturbed).read_text())

    def disturb(
        self, run: RunningCommand, folder: Path, *signals: Signals, gap: float = 0.0
    ) -> EndedCommand:
        """Send signals to a run, and check what it leaves in the folder."""
        for number in signals:
            run.signal(number)
            time.sleep(gap)
        ended = run.end().stopped()
        self.finished(folder)
        return ended

    def complete(self, folder: Path, **environment) -> None:
        """Run to the end, and check that the folder is like that of an undisturbed run."""
        before = self.finished(folder)
        ended = self.start(folder, **environment).end().finished()
        self.check_resumed(before, ended)
        self.check_kept(before, self.finished(folder))
        made, reference = self.outputs(folder), self.outputs(self.undisturbed)
        assert made.keys() == reference.keys()
        for name, value in reference.items():
            np.testing.assert_array_equal(made[name], value, err_msg=name)
        assert temporary_files(folder) == []


class InferenceJob(CommandJob):
    """generate_inferences.py on all sequences."""

    def start(self, folder, *more, **environment):
        results = ("--results", folder / "results.hdf5")
        return self.workspace.start(
            folder, "generate_inferences.py", self.name, *results, *more, **environment
        )

    def finished(self, folder):
        found = finished_sequences(folder / "results.hdf5", self.name, self.workspace.keys)
        for key, each in found.items():
            assert each.p3w.shape == (self.workspace.n_frames, 14, 3), key
            assert np.isfinite(each.p3w).all(), key
            assert each.attrs["skeleton_id"] == "s14"
            assert each.attrs["inference_time"] > 0
        return {
            key: (hashlib.sha256(each.p3w.tobytes()).hexdigest(), each.attrs["inference_time"])
            for key, each in found.items()
        }

    def outputs(self, folder):
        content = group_content(folder / "results.hdf5", self.name)
        return {name: v for name, v in content.items() if not _REPORT_ATTRS.search(name)}

    def check_resumed(self, before, ended):
        said = re.search(r"(\d+) of (\d+) sequences are finished already", ended.out + ended.err)
        assert (said is not None) == bool(before)
        if said:
            assert (int(said[1]), int(said[2])) == (len(before), N_SEQUENCES)


class ReportJob(InferenceJob):
    """report.py on finished results, where it stores the errors."""

    def start(self, folder, *more, **environment):
        results = folder / "results.hdf5"
        if not results.exists():
            shutil.copyfile(
                InferenceJob(self.workspace, self.name).undisturbed / results.name, results
            )
        where = ("--results", results)
        return self.workspace.start(folder, "report.py", self.name, *where, *more, **environment)

    def outputs(self, folder):
        return group_content(folder / "results.hdf5", self.name)

    def check_resumed(self, before, ended):
        assert "errors are not cached" not in ended.err


class KeypointsJob(InferenceJob):
    """infer_keypoints.py on a short film."""

    def start(self, folder, *more, **environment):
        where = ("--gan", "small", "--size", "1920x1080", "--id", self.name)
        where += ("--results", folder / "results.hdf5")
        return self.workspace.start(
            folder, "infer_keypoints.py", self.workspace.film, *where, *more, **environment
        )

    def finished(self, folder):
        for each in finished_sequences(folder / "results.hdf5", self.name, ["person0"]).values():
            assert np.isfinite(each.p3w).all()
        return {}  # every run starts anew


class TrainingJob(CommandJob):
    """train.py on a small GAN."""

    def start(self, folder, *more, **environment):
        where = ("--models_dir", folder)
        return self.workspace.start(
            folder, "train.py", self.name, *self.args, *where, *more, **environment
        )

    def finished(self, folder):
        return {
            str(path.parent.relative_to(folder)): max(checkpoint_steps(path.parent))
            for path in sorted(folder.rglob("step-*.npz"))
        }

    def outputs(self, folder):
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


class ConversionJob(CommandJob):
    """h3m_report.py, which first has to convert its data set."""

    def start(self, folder, *more, **environment):
        results = ("--results", self.workspace.h3m_results)
        environment |= {"POSE_CACHE": folder}
        return self.workspace.start(
            folder, "h3m_report.py", self.name, *results, *more, **environment
        )

    def finished(self, folder):
        parts = list(folder.glob("*.parts/[!.]*.h5"))  # a kill may leave a hidden part
        for part in parts:
            assert read_views(part), part
        return {part.name: (part.stat().st_ino, part.stat().st_mtime_ns) for part in parts}

    def outputs(self, folder):
        (path,) = (p for p in folder.glob("h3m-*.h5") if not p.stem.endswith(".partial"))
        content = {}
        with h5py.File(path, "r") as file:
            for key in file:
                if key != "index":
                    for name in file[key]:
                        content |= _arrays(file[key][name], f"{key}/{name}")
        return content


def finished_sequences(path: Path, name: str, keys: Iterable[str]) -> dict[str, InferredSequence]:
    """The finished sequences of a group of results; none where there is no group yet."""
    try:
        return read_inferences(path, name, keys).finished
    except DataError as error:
        if re.search("no results yet|no sequence .* is finished yet", str(error)):
            return {}
        raise


def checkpoint_steps(directory: Path) -> list[int]:
    """The steps of the checkpoints in a folder; fails if one of them is damaged."""
    steps = []
    for path in checkpoint.checkpoints(directory):
        loaded = checkpoint.load(path)
        assert loaded.step == checkpoint.step_of(path)
        assert all(np.isfinite(array).all() for array in loaded.arrays.values()), path
        steps.append(loaded.step)
    return steps


def group_content(path: Path, name: str) -> dict[str, Any]:
    """Arrays and attributes of a group of results, without those that depend on the time."""
    with h5py.File(path, "r") as file:
        return _arrays(file[name], name)


def temporary_files(folder: Path) -> list[str]:
    """Names of files that a command removes before it ends."""
    temporary = re.compile(r"\..*-[0-9a-f]{32}.*|.*\.partial.*|.*\.journal")
    return [p for _, folders, files in os.walk(folder) for p in folders + files
            if temporary.fullmatch(p)]  # fmt: skip


def _seconds(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.seconds")


def _arrays(node, name: str) -> dict[str, Any]:
    content = {f"{name}@{key}": v for key, v in node.attrs.items() if key not in _TIME_ATTRS}
    if isinstance(node, h5py.Dataset):
        return content | {name: node[()]}
    for child in node:
        content |= _arrays(node[child], f"{name}/{child}")
    return content
