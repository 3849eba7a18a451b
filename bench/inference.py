"""Compare the speed and the cost of the solvers with SciPy's on the same frames, in one run.

    python train.py mocap_big --max_steps 1e5
    python bench/inference.py

The frames are those of the shortest evaluation sequences of the motion capture in MOCAP_PATH. The
first table shows, for each solver, the seconds of the first call, which compiles; the frames per
second; the sum of the costs; and the share of frames whose cost is not above SciPy's. "Frames
alone" do not start again from their neighbours' poses. The rates of the batched solvers are those
of many frames (the sequences repeated), for which they are built. The second table shows the time
of the default solver for several numbers of frames.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run, start_tensorflow
from command_line.argument_types import whole_number
from command_line.locations import add_location_flags
from inference.params import load_inference_params
from serialization import ROOT

MOCAP_PATH = ROOT.parent / "shared" / "mocap"
SIZES = (100, 1000, 10_000, 100_000)
STARTS = (1, 4, 8)


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument(
        "--inference_id", default="mocap_big", help="parameter file with data, GAN and objective"
    )
    parser.add_argument(
        "--sequences",
        type=whole_number(1),
        default=5,
        help="number of sequences that SciPy fits, shortest first",
    )
    parser.add_argument(
        "--frames",
        type=whole_number(1),
        default=8192,
        help="number of frames for the rates of the batched solvers",
    )
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=SIZES, help="numbers of frames of the second table"
    )
    parser.add_argument(
        "--starts",
        type=int,
        nargs="+",
        default=STARTS,
        help="numbers of starts with which the default solver is compared with SciPy's",
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the second table")
    add_location_flags(parser, "inference_params_dir", "gan_params_dir", "models_dir")
    args = parser.parse_args()
    os.environ.setdefault("MOCAP_PATH", str(MOCAP_PATH))
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    start_tensorflow()
    make, observed = prepare(params, args.gan_params_dir, args.models_dir)
    compare(make, observed[: args.sequences], args.frames, args.starts)
    seconds = scale(make, observed, args.sizes)
    if args.plot:
        draw(args.sizes, seconds, args.plot)


def prepare(params, gan_params_dir: Path, models_dir: Path):
    """Return a function from options to optimisers, and the observed sequences, shortest first."""
    from gan import GanBuilder
    from human_pose_util.dataset import load_dataset
    from inference.model.observe import observe_sequence
    from inference.runs.dataset_search import search_for
    from inference.solvers.execution import COMPILED

    gan = GanBuilder(params.gan_id, gan_params_dir, models_dir)
    dataset = load_dataset(params.dataset, default_mode="eval")

    def make(**options):
        return search_for(dataset, params.model_copy(update=options), gan, COMPILED)

    return make, sorted((observe_sequence(s) for s in dataset.values()), key=len)


def timed(optimizer, sequences):
    """Return the costs [n_frames] of a fit, and the seconds that it takes."""
    began = time.perf_counter()
    fits = optimizer.infer(sequences)
    return np.concatenate([fit.cost for fit in fits]), time.perf_counter() - began


def compare(make, sequences, n_frames: int, starts: Sequence[int]) -> None:
    """Print the first table.

    Args:
        make: a function from options to optimisers.
        sequences: what SciPy fits.
        n_frames: number of frames for the rates of the batched solvers.
        starts: numbers of starts of the default solver.
    """
    solvers: dict[str, dict] = {"scipy, 1 start": {"optimizer": "scipy", "n_starts": 1}}
    solvers["lm, frames alone"] = {"n_starts": 1, "neighbour_starts": False}
    for n in starts:
        solvers[f"lm, {n} start{'s' * (n > 1)}"] = {"n_starts": n}
    few = sum(len(s) for s in sequences)
    print(f"{len(sequences)} sequences, {few} frames; rates of batches: {n_frames} frames")
    print(
        f"{'solver':16}{'compile s':>10}{'frames/s':>10}{'of SciPy':>10}{'cost':>10}"
        f"{'not above SciPy':>17}"
    )
    many = repeated(sequences, n_frames)
    reference, rate = None, None
    for name, options in solvers.items():
        optimizer = make(**options)
        if reference is None:
            compiling = timed(optimizer, repeated(sequences, 1))[1]
            cost, seconds = timed(optimizer, sequences)
            reference, rate = cost, few / seconds
            speed = rate
        else:
            first = timed(optimizer, many)[1]
            seconds = timed(optimizer, many)[1]
            compiling, speed = first - seconds, n_frames / seconds
            cost = timed(optimizer, sequences)[0]
        share = np.mean(cost <= reference * (1 + 1e-4))
        print(
            f"{name:16}{compiling:10.1f}{speed:10.1f}{speed / rate:9.0f}x{cost.sum():10.5f}"
            f"{share:17.1%}",
            flush=True,
        )


def scale(make, sequences, sizes) -> list[float]:
    """Print the second table, and return its seconds.

    Args:
        make: a function from options to optimisers.
        sequences: repeated to give as many frames as needed.
        sizes: numbers of frames.
    """
    print(f"\n{'frames':>8}{'seconds':>10}{'frames/s':>10}   lm, 1 start")
    optimizer, seconds = make(n_starts=1), []
    for size in sizes:
        many = repeated(sequences, size)
        timed(optimizer, repeated(sequences, min(size, 1000)))  # compiles
        seconds.append(timed(optimizer, many)[1])
        print(f"{size:8}{seconds[-1]:10.1f}{size / seconds[-1]:10.1f}", flush=True)
    return seconds


def draw(sizes, seconds, path: str) -> None:
    """Draw the time against the number of frames, with a line of constant rate.

    Args:
        sizes: numbers of frames.
        seconds: the time of each.
        path: the picture file.
    """
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6, 4), dpi=120, layout="constrained").subplots()
    axes.loglog(sizes, seconds, "o-", color="#0072b2", label="lm, 1 start")
    line = np.array(sizes) * seconds[-1] / sizes[-1]
    axes.loglog(sizes, line, ":", color="#555555", label="linear")
    axes.set(xlabel="frames", ylabel="seconds", title="Time of inference")
    axes.grid(alpha=0.3)
    axes.legend()
    axes.figure.savefig(path)


def repeated(sequences, size: int):
    """Repeat sequences until they have `size` frames in total."""
    chosen, left = [], size
    while left:
        for observed in sequences:
            chosen.append(observed.at(slice(left)))
            left -= len(chosen[-1])
            if not left:
                break
    return chosen


if __name__ == "__main__":
    run(main)
