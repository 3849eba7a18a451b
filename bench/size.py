"""Measure the time and the memory of an evaluation as large as that of Human3.6M.

    python bench/size.py

The bench writes a data set of computed people: two subjects with 30 sequences each, which four
cameras observe at 50 Hz (half a million frames). It runs generate_inferences.py with the GAN that
comes with the repository, and report.py, first for one camera and then for all. For each number of
frames it prints the time and the peak memory of both commands.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run
from computed_people import Recipe, write_tree
from computed_people.actions import FPS
from serialization import INFERENCE_PARAMS_DIR, ROOT, SHIPPED_GAN

SEQUENCES = 2 * 30


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--seconds", type=float, default=42.0, help="length of a sequence [s]")
    parser.add_argument(
        "--cameras",
        type=int,
        nargs="+",
        default=[1, 4],
        help="numbers of cameras, at most 4; each is a run",
    )
    parser.add_argument("--scheduler", help="--scheduler of generate_inferences.py")
    parser.add_argument(
        "--place", type=Path, help="folder for all files (default: a temporary folder)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = args.place or Path(folder)
        recipe = Recipe(takes=2, seconds=args.seconds, subjects=("S9", "S11"))
        write_tree(place / "h3m", recipe, progress=True)
        os.environ.update(H3M_PATH=str(place / "h3m"), POSE_CACHE=str(place / "cache"))
        print("command    frames  seconds  CPU seconds  frames/s  peak GB")
        for n_cameras in args.cameras:
            evaluate(place, n_cameras, round(SEQUENCES * n_cameras * args.seconds * FPS), args)


def evaluate(place: Path, n_cameras: int, n_frames: int, args) -> None:
    """Infer the sequences of some cameras, report their errors, and print time and memory.

    Args:
        place: folder of all files.
        n_cameras: number of cameras.
        n_frames: number of frames that they observe in total.
        args: command line of this bench.
    """
    params = json.loads((INFERENCE_PARAMS_DIR / "h3m_best.json").read_text())
    params["dataset"]["filter_kwargs"]["camera_idxs"] = list(range(n_cameras))
    del params["dataset"]["normalize_kwargs"]["fps"]
    params["gan_id"], name = SHIPPED_GAN, f"cameras{n_cameras}"
    (place / f"{name}.json").write_text(json.dumps(params))
    where = ["--inference_params_dir", place, "--results", place / f"{name}.hdf5"]
    spread = ["--scheduler", args.scheduler] if args.scheduler else []
    for script, flags in (("generate_inferences.py", ["-o", *spread]), ("report.py", [])):
        command = [sys.executable, ROOT / script, name, *flags, *where]
        seconds, cpu, peak = measured(command)
        rate = n_frames / seconds
        print(f"{script[:9]} {n_frames:7} {seconds:8.0f} {cpu:12.0f} {rate:9.0f} {peak:8.2f}")


def measured(command: list) -> tuple[float, float, float]:
    """Return the seconds, the seconds of the processor, and the peak memory [GB] of a command."""
    began = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    cpu = usage.ru_utime + usage.ru_stime
    return time.monotonic() - began, cpu, usage.ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    run(main)
