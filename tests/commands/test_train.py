"""train.py as the user runs it: real processes, on a small tree of motion capture files."""

import json
import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from gan import GanBuilder
from gan.checkpoint import save
from gan.training import train
from gan.training.data import load_poses
from gan.training.gan_trainer import BLOCK, GanTrainer
from gan.variables import arrays
from human_pose_util import registry as register
from human_pose_util.errors import DataError
from tests.helpers.fault_processes import RunningCommand, shows
from tests.helpers.mocap_files import amc_text, asf_text, cmu_bones, random_frames

ROOT = Path(__file__).parents[2]
BONES = cmu_bones()
STEP = r" ([1-9]\d+)/\d+ \["  # that a progress bar shows
PARAMS = {
    "dataset": {"type": "mocap", "normalize_kwargs": {"scale_to_height": True}},
    "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8, "n_critic_steps": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Motion capture files, a cache of their own, and the parameters of a small GAN."""
    folder = tmp_path_factory.mktemp("train")
    subject = folder / "mocap" / "01"
    subject.mkdir(parents=True)
    (subject / "01.asf").write_text(asf_text(BONES))
    for i in range(3):
        (subject / f"01_0{i}.amc").write_text(amc_text(random_frames(BONES, 20, seed=i)))
    (folder / "small.json").write_text(json.dumps(PARAMS))
    (folder / "misspelt.json").write_text(json.dumps(PARAMS | {"n_zz": 3}))
    return folder


@pytest.fixture
def environment(place):
    return {"MOCAP_PATH": place / "mocap", "POSE_CACHE": place / "cache"}


@pytest.fixture
def start(place, environment, tmp_path):
    """Arguments → a training process."""
    where = ("--gan_params_dir", place, "--models_dir", tmp_path)
    return lambda *arguments: RunningCommand(ROOT, "train.py", *arguments, *where, **environment)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smal"], r"no GAN 'smal': .*smal\.json does not exist \(did you mean 'small'\?\); .*"),
        (["../small"], r"GAN id '\.\./small': use .*"),
        (["misspelt"], r".*misspelt\.json: unknown key 'n_zz': did you mean 'n_z'\?"),
        ([], "the following arguments are required: gan_id .*"),
        (
            ["small", "--max_steps=inf"],
            "argument -s/--max_steps: 'inf': expected a whole number .*",
        ),
        (["small", "--max_steps=-3"], "argument -s/--max_steps: '-3': expected a whole number .*"),
        (["small", "--max_step", "10", "--oops"], "unrecognized arguments: --oops .*"),
    ],
)
def test_mistakes_are_one_line(start, tmp_path, arguments, message):
    ended = start(*arguments).end()
    assert (ended.status, ended.out) == (2, "")
    assert re.fullmatch(rf"error: {message}\n", ended.err)
    assert os.listdir(tmp_path) == []


@pytest.fixture
def gan(place, environment, tmp_path, monkeypatch):
    """The GAN that the processes train, in this one."""
    for name in ("MOCAP_PATH", "POSE_CACHE"):
        monkeypatch.setenv(name, str(environment[name]))
    for name in ("_loaders", "_datasets"):
        monkeypatch.setattr(register, name, {})
    return GanBuilder("small", place, tmp_path)


@pytest.mark.usefixtures("gan")
def test_a_population_of_one_is_one_gan(start):
    ended = start("small", "--n_seeds=1", "--max_steps=2", "--no-jit").end().finished()
    assert ended.out.startswith("saved 1 GAN in ")


def test_what_patience_has_ended_is_trained(start, gan):
    train(gan, 3, jit=False, progress=False)
    loaded = gan.gan_checkpoint
    save(gan.checkpoint_dir, loaded.meta | {"patience": 400}, loaded.arrays)
    ended = start("small", "--patience=400").end().finished()
    assert ended.out.startswith(f"small was ended by --patience at step 3: {loaded.path}\n")


@pytest.mark.slow
def test_interrupted_and_resumed(start, gan):
    """Ctrl-C saves; a second training at once is refused; nothing is lost or done twice."""
    run = start("small", "--max_steps=1e9", "--no-jit")
    assert run.until(shows(STEP))
    first = int(re.search(STEP, run.shown)[1])
    assert first % BLOCK == 0
    time.sleep(0.2)  # into the next steps
    os.kill(run.pid, signal.SIGSTOP)
    with pytest.raises(DataError, match="small: another process is training this GAN"):
        train(gan, first)
    run.signal(signal.SIGINT)
    os.kill(run.pid, signal.SIGCONT)
    assert run.end().stopped().status == 130

    step = gan.step
    assert step >= first
    ended = start("small", f"--max_steps={step + 7}", "--no-jit").end().finished()
    checkpoint, logs = ended.out.splitlines()
    assert checkpoint == f"saved {gan.checkpoint_dir / f'step-{step + 7:09d}.npz'}"
    assert logs.startswith(f"saved {gan.model_dir / 'logs'},")
    nothing = start("small", f"--max_steps={step}", "--no-jit").end().finished()
    assert nothing.out.startswith("small has its steps already: ")

    poses, skeleton = load_poses(gan.params.dataset)
    undisturbed = GanTrainer(gan.params, skeleton, jit=False)
    while int(undisturbed.step) < step + 7:
        undisturbed.train(tf.constant(poses), step + 7)
    gan.forget()  # another process has trained it since
    stored = gan.gan_checkpoint.arrays
    for name, array in arrays(undisturbed.variables).items():
        np.testing.assert_allclose(stored[name], array, rtol=1e-4, atol=1e-5, err_msg=name)
