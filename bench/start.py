"""Measure how long users wait for the first pose, as multiples of the import of TensorFlow.

    make demo
    python bench/start.py

Each row is the median of several runs. Every run is divided by the time of `python -c "import
tensorflow"` just before it, because machines and hours differ. The first runs have an empty home
folder and empty caches, as on a machine that has never run the project; the later ones have what
those left there. The second film of a process has another length and other keypoints than the
first; its time is that of the call alone.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_file import finished_keys, journal_files
from serialization import ROOT

FILM = """
import time
import numpy as np
from command_line import start_tensorflow
start_tensorflow()
from human_pose_util.keypoints import read_detections, select_people
from human_pose_util.registry import get_skeleton
from lifting import LiftStream, PoseLifter
detections = read_detections("examples/walk.json", None, None)
walk = select_people(detections, 0)[0][1].keypoints
lifter = PoseLifter()
"""
STREAM = """
stream = LiftStream(lifter, fps=25)
next(pose for pose in map(stream.push, walk) if pose is not None)
"""
SECOND_FILM = """
lifter.lift(walk, fps=25)
names, others = get_skeleton("coco17").joints, get_skeleton("coco18").joints
shown = np.full((120, len(others), 3), np.nan)
for i, name in enumerate(others):
    if name in names:
        shown[:, i] = walk[40:160, names.index(name)]
began = time.perf_counter()
lifter.lift(shown, "coco18", fps=25)
print(time.perf_counter() - began)
"""


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each row (default: 5)")
    demo_help = "what make demo has made (default: demo)"
    parser.add_argument("--demo", type=Path, default=ROOT / "demo", help=demo_help)
    args = parser.parse_args()
    rows = {
        "infer_keypoints.py examples/walk.json": example_film,
        "first answer of a stream": partial(seconds_of, FILM + STREAM),
        "a second film in one process": second_film,
    }
    if (args.demo / "models").is_dir():
        rows["first sequence of the demo"] = partial(first_sequence, args.demo.absolute())
    else:
        print(f"{args.demo} has no models: the row of the demo is left out (make demo)")
    print(f"{'':40} never run before   afterwards   seconds")
    for name, measure in rows.items():
        pairs = [measured(measure) for _ in range(args.runs)]
        first, later = (np.median([pair[i] for pair in pairs]) for i in (0, 1))
        seconds = np.median([pair[2] for pair in pairs])
        print(f"{name:40} {first:16.2f} {later:12.2f} {seconds:9.1f}", flush=True)


def measured(measure: Callable[[Path], float]) -> tuple[float, float, float]:
    """The first run with an empty home and the next one, as multiples, and the latter's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ratios = []
        for _ in range(2):
            unit = seconds_of("import tensorflow", place)
            seconds = measure(place)
            ratios.append(seconds / unit)
    return ratios[0], ratios[1], seconds


def environment(place: Path) -> dict[str, str]:
    """The environment of a user whose home is a folder."""
    return os.environ | {"HOME": str(place), "XDG_CACHE_HOME": str(place / "cache")}


def seconds_of(script: str, place: Path) -> float:
    """The seconds from the start of a process of Python to its end.

    Args:
        script: what it computes.
        place: its home folder.
    """
    began = time.perf_counter()
    output_of([sys.executable, "-c", script], place)
    return time.perf_counter() - began


def output_of(command: Sequence[str], place: Path) -> str:
    """What a command prints; its folder is the project's."""
    result = subprocess.run(
        command, cwd=ROOT, env=environment(place), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise DataError(f"{command[1]} failed: {result.stderr.strip().splitlines()[-1]}")
    return result.stdout


def example_film(place: Path) -> float:
    """The seconds that the command of the README's first example takes."""
    flags = ["--fps", "25", "--results", str(place / "results.hdf5")]
    command = [sys.executable, "infer_keypoints.py", "examples/walk.json", *flags]
    began = time.perf_counter()
    output_of(command, place)
    return time.perf_counter() - began


def second_film(place: Path) -> float:
    """The seconds of the second call of `PoseLifter.lift` in a process."""
    return float(output_of([sys.executable, "-c", FILM + SECOND_FILM], place))


def first_sequence(demo: Path, place: Path) -> float:
    """The seconds until the first sequence of the demo can be read.

    Args:
        demo: what make demo has made.
        place: folder of the results, and home.
    """
    results = place / f"{time.monotonic_ns()}.hdf5"
    flags = ["--models_dir", str(demo / "models"), "--results", str(results)]
    command = [sys.executable, "generate_inferences.py", "h3m_best", *flags]
    data = {"H3M_PATH": str(demo / "h3m"), "POSE_CACHE": str(demo / "cache")}
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(place) | data, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and not has_sequence(results):
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        process.terminate()
    return seconds


def has_sequence(results: Path) -> bool:
    """Whether a results file, or its journal, has a finished sequence of the demo's run."""
    try:
        with h5py.File(results, "r") as file:
            return bool(finished_keys(file["h3m_best"]) or journal_files(results))
    except (OSError, KeyError):  # there is no file yet
        return False


if __name__ == "__main__":
    run(main)
