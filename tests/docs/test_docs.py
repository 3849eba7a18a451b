"""Runs the commands of README, docs/ and every --help as they are written: `make docs`."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request

import pytest
from packaging.requirements import Requirement

from tests.helpers.documented_commands import PAGES, ROOT, blocks, commands
from tests.helpers.documented_workspace import (
    SECONDS,
    WorkspaceCopy,
    data_variables,
    end_process_group,
)

pytestmark = [pytest.mark.docs, pytest.mark.slow]

# Written command (a regular expression) → what runs instead, in this order. Commands that are equal
# afterwards run once.
INSTEAD = {
    # names that the reader is to fill in, so that most become other pages' commands
    r"^(cp inference_params)(.*)INFERENCE_ID": r"\1\2new",  # a file is no copy of itself
    r"GAN_ID": "mocap_big",
    r"INFERENCE_ID": "h3m_best",
    r"DETECTIONS$": "examples/walk.json --fps 25 --save walk.html",
    r"DETECTIONS": "examples/walk.json",
    # what another command does, and more
    r"--save walk.html$": "--save walk.html --export walk.bvh",
    r"--n_seeds 8$": "--n_seeds 8 --select",
    # a film that is in the results, under a name that no other command writes to
    r"(--from-results|vis_sequence\.py) walk": r"\1 film",
    r"(infer_keypoints\.py film\.mp4 .*)": r"\1 -o",  # instead of that film
    # any GAN is judged, and any run shown, in the same way; sequences have names of their own
    r"evaluate_gan.py \w+": "evaluate_gan.py h3m_best",
    r"(gan_generator_vis|vis_sequence)\.py (h3m_big|mocap_big)(?! -e)": r"\1.py h3m_best",
    r"(generate_inferences|report)\.py (h3m_1\w+|eva_15joints)( .*)?": r"\1.py h3m_best\3",
    r"(generate_inferences|report)\.py (mpi_inf_test|pw3d)_h3m": r"\1.py \2_cmu",
    # folders that the reader has; the variables of the small ones are in the environment already
    r"MOCAP_PATH=\.\.\. ": "",
    r"export (OWN_POSES=/path/to/folder|MOCAP_PATH=\$PWD/cmu|H3M_PATH=\$PWD/demo/h3m)( && )?": "",
    # as much as a test has time for
    r"--max_steps=(1e7|1e5|8000)": "--max_steps=4",
    r"--n_seeds 8": "--n_seeds 2",
    r"(evaluate_gan.py \w+)": r"\1 --n 100",
    r"--walk ": "--walk --n 2 ",
    r"--n 32": "--n 2",
    r"computed_people demo(/h3m)?$": "computed_people new --subjects S9 --seconds 0.2",
    r"--subjects S1 S9 --seconds 2": "--subjects S1 S9 --seconds 0.2",
    r"--takes 2 --seconds 60": "--takes 2 --subjects S9 --seconds 0.2",
    r"^(python bench/.*)": r"\1 --help",  # minutes to hours, and motion capture of its own
    r"^make ": "make --dry-run ",  # installs everything; then the commands of the README
    # in a folder where what it needs has been done, or has not been done yet
    r"^python train.py": "rm -r models && python train.py",
    r"python -m examples.own_dataset gan_generator_vis": "python -m examples.own_dataset train own "
    r"--gan_params_dir=examples --max_steps=2 && \g<0>",
    r"python3 -m venv": "python3 -m venv --without-pip",
    r"^source .venv": r"python3 -m venv --without-pip .venv && \g<0>",
    # clusters are started for what is spread over them; two processes for all cores
    r"^dask .*": "python generate_inferences.py h3m_best --scheduler tcp://localhost:8786",
    r"generate_inferences.py h3m_big --scheduler": "generate_inferences.py h3m_best --scheduler",
    r"tcp://host:8786": "tcp://localhost:8786",
    r"--scheduler local$": "--scheduler local --n_workers 2",
    r"(generate_inferences.py h3m_best --scheduler .*)": r"\1 -o",
    # servers: any port, and no browser of the tester's
    r"^tensorboard": "tensorboard --port=0",
    r"^jupyter lab": "jupyter lab --port=0 --no-browser --allow-root --IdentityProvider.token=''",
}


def small(command: str) -> str:
    for written, run in INSTEAD.items():
        command = re.sub(written, run, command)
    return command


# Names that the Python code of a page uses without defining them.
GIVEN = {
    "README.md": """
import numpy as np
from human_pose_util.dataset import load_dataset
from inference.params import load_inference_params
data = load_dataset(load_inference_params("h3m_best").dataset, "eval")
take = data["S9/Walking/55011271"]
p2, (r, t, f, c) = take["p2"], (take.attrs[name] for name in "rtfc")
keypoints = np.load("keypoints.npy")
""",
    "datasets_own.md": """
import os
import numpy as np
from human_pose_util.skeleton import S14, Converter, Skeleton
poses = np.zeros((5, 14, 3))
os.makedirs("own_poses/anna")
""",
    "visualisation.md": """
import matplotlib.pyplot as plt
from tests.helpers import walking_figure as walker
some = walker.scene(3)
ax, p3w, truth, p2 = plt.figure().add_subplot(projection="3d"), some.p3w, some.truth_p3w, some.p2
p3, p3_of_the_next_frame, poses = p3w[0], p3w[1], p3w
projected_p2, error = some.projected_p2, some.error
""",
}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, worker_id):
    """The folder that `documented_workspace` fills; the first of the workers has it filled."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "docs"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            made = subprocess.run(
                [sys.executable, "-m", "tests.helpers.documented_workspace", str(folder)],
                cwd=ROOT, env=os.environ | data_variables(folder),
                capture_output=True, text=True,
            )  # fmt: skip
            assert made.returncode == 0, made.stderr
            (folder / "complete").touch()
    return folder


@pytest.fixture
def workspace(prepared, tmp_path):
    return WorkspaceCopy(prepared, tmp_path)


@pytest.fixture(scope="module")
def screen():
    """A virtual screen that windows open on."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = ":" + pipe.readline().strip()
    yield display
    server.terminate()
    server.wait()


def bash(command: str) -> list[str]:
    return ["bash", "-o", "pipefail", "-c", command]


def runs(workspace: WorkspaceCopy, command: str, request) -> None:
    """The command ends without an error."""
    workspace.run(bash(command))


def explains(workspace: WorkspaceCopy, command: str, request) -> None:
    """The program exists, and it has the flags that the command gives it."""
    said = workspace.run(bash(command))
    assert set(re.findall(r"--\w+", command)) <= set(re.findall(r"--\w+", said))


def installs(workspace: WorkspaceCopy, command: str, request) -> None:
    """Requirements are well formed; files and extras of them exist. The test installs nothing."""
    words = [word.strip("\"'") for word in command.partition("install ")[2].split()]
    while words:
        word = words.pop(0)
        if word.startswith("."):
            project = tomllib.loads((workspace.folder / "pyproject.toml").read_text())["project"]
            assert set(re.findall(r"\w+", word)) <= set(project["optional-dependencies"])
        elif word == "-r":
            lines = (workspace.folder / words.pop(0)).read_text().splitlines()
            words += [line for line in lines if line and not line.startswith(("#", "-r"))]
        elif not word.startswith("-"):
            Requirement(word)


def installs_packages(workspace: WorkspaceCopy, command: str, request) -> None:
    """The packages are among those that CI installs."""
    known = (ROOT / ".ci/run").read_text().split()
    assert set(command.split()[2:]) <= set(known)


def shows_a_window(workspace: WorkspaceCopy, command: str, request) -> None:
    """A window opens and stays open."""
    if "--gl" not in command and ("vis_sequence" not in command or " -p" in command):
        pytest.importorskip("tkinter", reason="Python has no Tk", exc_type=ImportError)
    screen = request.getfixturevalue("screen")
    workspace.environment.pop("MPLBACKEND", None)
    process = workspace.start(bash(command), DISPLAY=screen)
    search = ["xdotool", "search", "--onlyvisible", "--name", "."]
    try:
        began = time.monotonic()
        while subprocess.run(search, env={"DISPLAY": screen}, capture_output=True).returncode:
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < began + SECONDS, "no window"
            time.sleep(0.2)
        assert process.poll() is None, process.stdout.read()
    finally:
        end_process_group(process)


def says(process: subprocess.Popen, what: str) -> str:
    """Waits for output that matches a regular expression; its first group."""
    said = ""
    while not (found := re.search(what, said)):
        line = process.stdout.readline()
        assert line, said
        said += line
    return found[1]


def serves(workspace: WorkspaceCopy, command: str, request) -> None:
    """The server answers at the address that it prints; TensorBoard knows the GANs."""
    program = command.split()[0]
    if program == "jupyter":
        pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
        assert all((workspace.folder / word).exists() for word in command.split()[2:])
    process = workspace.start(bash(command))
    try:
        address = says(process, r"(http://[^\s?]+)")
        data = "data/runs" if program == "tensorboard" else ""
        with urllib.request.urlopen(address.rstrip("/") + "/" + data, timeout=60) as answer:
            text = answer.read().decode()
        assert "h3m_big/logs" in text if data else "Jupyter" in text
    finally:
        end_process_group(process)


def spreads(workspace: WorkspaceCopy, command: str, request) -> None:
    """The command ends without an error on a cluster that is started as documented."""
    scheduler, worker = (page for page in commands() if page.startswith("dask "))
    free = workspace.start(bash(scheduler.replace("--port 8786", "--port 0 --no-dashboard")))
    joined = None
    try:
        address = says(free, r"Scheduler at:\s+(tcp://\S+)")
        worker = worker.replace("--nworkers 4", "--nworkers 1 --no-dashboard")
        joined = workspace.start(bash(worker.replace("tcp://localhost:8786", address)))
        workspace.run(bash(command.replace("tcp://localhost:8786", address)))
    finally:
        for process in filter(None, (joined, free)):
            end_process_group(process)


# Start of a command → how to check it; every other command has to end without an error.
WAYS = {
    r".*--scheduler tcp://": spreads,
    r"tensorboard|jupyter": serves,
    r"(\S*/)?pip install": installs,
    r"apt-get": installs_packages,
    r"python bench/": explains,
    r"python (vis_sequence|gan_generator_vis)\.py (?!.*--save)": shows_a_window,
}
RUN = sorted(filter(None, {small(command) for command in commands()}))


@pytest.mark.parametrize("command", RUN)
def test_command(workspace, command, request):
    way = next((way for start, way in WAYS.items() if re.match(start, command)), runs)
    way(workspace, command, request)


PYTHON = [page for page in PAGES if any(language == "python" for language, _ in blocks(page))]


@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.name)
def test_python(workspace, page):
    parts = [text for language, text in blocks(page) if language == "python"]
    workspace.run([sys.executable, "-c", "\n".join([GIVEN.get(page.name, ""), *parts])])
