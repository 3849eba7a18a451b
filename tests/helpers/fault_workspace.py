"""Small data and parameters for the commands that tests disturb, and undisturbed runs.

The data are few, because the commands spend their time in starting TensorFlow and in compiling, but
they make several groups of sequences that are fitted together. The GAN of the inferences is large
enough for the result of a sequence not to depend on its group, as with every GAN in use.
"""

import fcntl
import json
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from computed_people import Recipe, write_tree
from tests.helpers.fault_processes import ROOT, RunningCommand
from tests.helpers.mocap_files import amc_text, asf_text, cmu_bones, random_frames

N_SEQUENCES = 9
DATASET = {"type": "mocap", "normalize_kwargs": {"skeleton_id": "s14", "scale_to_height": True}}
GAN = {
    "dataset": DATASET,
    "n_z": 3, "n_g": [6], "n_c": [5], "activation": "tanh", "batch_size": 8, "n_critic_steps": 1,
}  # fmt: skip
PROPOSAL = {"n_hidden": 8, "n_blocks": 1, "steps": 1000, "batch_size": 16}
INFERENCE = {
    "dataset": {
        "type": "mocap",
        "filter_kwargs": {"modes": ["train", "eval"], "camera_idxs": [0]},
        "normalize_kwargs": {"skeleton_id": "s14", "space_scale": 1000, "pixel_scale": 1000},
    },
    "gan_id": "small",
    "prior_weight": 1e-5,
    "max_iterations": 2,
}
H3M = {"dataset": {"type": "h3m", "normalize_kwargs": {"space_scale": 1000}}, "gan_id": "small"}
PARAMS = {
    "gan_params/small": GAN | {"n_g": [64, 64], "n_c": [64, 64]},
    "gan_params/alone": GAN,
    "gan_params/proposing": GAN | {"proposal": PROPOSAL},
    "gan_params/many": GAN,
    "gan_params/compiled": GAN,
    "gan_params/selected": GAN,
    "inference_params/lm": INFERENCE,
    "inference_params/compiled": INFERENCE | {"n_starts": 2},  # long enough to be compiled
    "inference_params/coupled": INFERENCE | {"smoothness_weight": 1e-5, "height": 1.7},
    "inference_params/h3m": H3M,
}


class FaultWorkspace:
    """A folder that the processes of a test run share; the first that needs a part writes it.

    Args:
        folder: the folder.
        fresh: whether every command is a new Python, as a user's is, not a quick fork.
    """

    n_frames = 400
    keys = tuple(f"01/01_{i}/cam0" for i in range(N_SEQUENCES))

    def __init__(self, folder: Path, fresh: bool = False):
        self.folder, self.fresh, self.cache = folder, fresh, folder / "cache"
        self.once("params", _write_params)

    def start(self, folder: Path, script: str, *args, **environment) -> RunningCommand:
        """Start a command on this data, with `folder` as its working directory."""
        params, flags = self.folder / "params", []
        environment = {"MOCAP_PATH": self.mocap, "POSE_CACHE": self.cache} | environment
        if script == "h3m_report.py":
            environment["H3M_PATH"] = self.h3m
        if script in ("generate_inferences.py", "infer_keypoints.py"):
            flags += ["--models_dir", self.models]
        if script in ("generate_inferences.py", "infer_keypoints.py", "train.py"):
            flags += ["--gan_params_dir", params / "gan_params"]
        if script not in ("infer_keypoints.py", "train.py"):
            flags += ["--inference_params_dir", params / "inference_params"]
        return RunningCommand(
            folder, script, *args, *flags, fresh=self.fresh, MPLBACKEND="Agg", **environment
        )

    @cached_property
    def mocap(self) -> Path:
        """Motion capture of one subject."""
        return self.once("mocap", _write_mocap)

    @cached_property
    def h3m(self) -> Path:
        """A tree in the layout of Human3.6M, large enough for several processes to convert it."""
        recipe = Recipe(seconds=0.2, takes=2, subjects=("S1", "S9"))
        return self.once("h3m", lambda folder: write_tree(folder, recipe))

    @cached_property
    def h3m_results(self) -> Path:
        """Results of one sequence of that tree, for a report to read."""
        return self.once("h3m_results", _write_results) / "results.hdf5"

    @cached_property
    def film(self) -> Path:
        """Keypoints of a short film."""
        return self.once("film", _write_film) / "film.json"

    @cached_property
    def models(self) -> Path:
        """The GAN that inferences use, trained."""

        def train(folder: Path) -> None:
            folder.mkdir()
            args = ("--max_steps", 200, "--no-jit", "--models_dir", folder)
            self.start(folder, "train.py", "small", *args).end().finished()

        return self.once("models", train)

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """A folder that `make` fills, in the first process that calls; the others wait."""
        folder, done = self.folder / name, self.folder / f"{name}.done"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                done.touch()
        return folder


def _write_params(folder: Path) -> None:
    for name, values in PARAMS.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def _write_mocap(folder: Path) -> None:
    bones, subject = cmu_bones(upright=True), folder / "01"
    subject.mkdir(parents=True)
    (subject / "01.asf").write_text(asf_text(bones))
    for i in range(N_SEQUENCES):
        frames = random_frames(bones, FaultWorkspace.n_frames, seed=i, angle=20)
        (subject / f"01_{i}.amc").write_text(amc_text(frames))


def _write_results(folder: Path) -> None:
    folder.mkdir()
    with h5py.File(folder / "results.hdf5", "w") as file:
        sequence = file.create_group("h3m/S9/Walking/55011271")
        sequence["p3w"] = np.random.default_rng(0).normal(size=(10, 24, 3)).astype(np.float32)
        sequence.attrs.update(space_scale=1000.0, skeleton_id="s24")


def _write_film(folder: Path) -> None:
    folder.mkdir()
    frames = json.loads((ROOT / "examples" / "walk.json").read_text())[:20]
    (folder / "film.json").write_text(json.dumps(frames))
