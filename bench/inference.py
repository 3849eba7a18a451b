"""Speed and cost of the batched solvers against SciPy's on the same frames, in one run.

    python train.py mocap_big --max_steps 1e5
    python bench/inference.py

Prints a table: the seconds of the first call, which compiles; frames/s; the sum of costs on the
frames that SciPy fitted; and the share of those whose cost is no higher than SciPy's. The batched
solvers' rates are those of many frames (the sequences over and over again), which is what they are
made for. Then the time of the default solver against the number of frames.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags
from inference.params import load_inference_params
from serialization import ROOT

MOCAP_PATH = ROOT.parent / "shared" / "mocap"
SIZES = (100, 1000, 10_000, 100_000)
SOLVERS = {
    "scipy, 1 start": {"optimizer": "scipy", "n_starts": 1},
    "lm, 1 start": {"n_starts": 1},
    "lm, 4 starts": {"n_starts": 4},
    "lm, 8 starts": {"n_starts": 8},
    "lbfgs, 1 start": {"optimizer": "lbfgs", "n_starts": 1},
}


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--inference_id", default="mocap_big", help="whose data, GAN and objective")
    parser.add_argument("--sequences", type=int, default=5, help="short ones, for SciPy")
    parser.add_argument("--frames", type=int, default=8192, help="for the rates of batches")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of frames")
    parser.add_argument("--plot", metavar="FILE", help="draw time against frames")
    add_location_flags(parser, "inference_params_dir", "gan_params_dir", "models_dir")
    args = parser.parse_args()
    os.environ.setdefault("MOCAP_PATH", str(MOCAP_PATH))
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    start_tensorflow()
    make, observed = prepare(params, args.gan_params_dir, args.models_dir)
    compare(make, observed[: args.sequences], args.frames)
    seconds = scale(make, observed, args.sizes)
    if args.plot:
        draw(args.sizes, seconds, args.plot)


def prepare(params, gan_params_dir: Path, models_dir: Path):
    """A function that makes optimisers, and the observed sequences, shortest first."""
    from gan import GanBuilder
    from human_pose_util.dataset import load_dataset
    from inference.model.observations import observe_sequence
    from inference.runs.sequence_job import InferenceJob

    gan = GanBuilder(params.gan_id, gan_params_dir, models_dir)
    dataset = load_dataset(params.dataset, default_mode="eval")

    def make(**options):
        return InferenceJob(params.model_copy(update=options), gan, dataset).optimizer

    return make, sorted((observe_sequence(s) for s in dataset.values()), key=len)


def timed(optimizer, sequences):
    began = time.perf_counter()
    fits = optimizer.infer(sequences)
    return np.concatenate([fit.cost for fit in fits]), time.perf_counter() - began


def compare(make, sequences, n_frames: int) -> None:
    few = sum(len(s) for s in sequences)
    print(f"{len(sequences)} sequences, {few} frames; rates of batches: {n_frames} frames")
    print(
        f"{'solver':16}{'compile s':>10}{'frames/s':>10}{'of SciPy':>10}{'cost':>10}"
        f"{'not above SciPy':>17}"
    )
    many = repeated(sequences, n_frames)
    reference, rate = None, None
    for name, options in SOLVERS.items():
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
    print(f"\n{'frames':>8}{'seconds':>10}{'frames/s':>10}   lm, 1 start")
    optimizer, seconds = make(n_starts=1), []
    for size in sizes:
        many = repeated(sequences, size)
        timed(optimizer, repeated(sequences, min(size, 1000)))  # compiles
        seconds.append(timed(optimizer, many)[1])
        print(f"{size:8}{seconds[-1]:10.1f}{size / seconds[-1]:10.1f}", flush=True)
    return seconds


def draw(sizes, seconds, path: str) -> None:
    """Time against frames, on logarithmic axes, with a line of constant rate."""
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
    """Sequences of `size` frames in all, those given over and over again."""
    from lifting.windows import taken

    chosen, left = [], size
    while left:
        for observed in sequences:
            chosen.append(taken(observed, slice(left)))
            left -= len(chosen[-1])
            if not left:
                break
    return chosen


if __name__ == "__main__":
    run(main)
