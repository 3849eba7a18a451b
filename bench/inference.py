"""Speed and cost of the default solver against SciPy's on the same frames, in one run.

    python train.py mocap_big --max_steps 1e5
    python bench/inference.py

Prints a table: frames/s, the sum of costs, and the share of frames whose cost is no higher than
SciPy's; then the time of the default solver against the number of frames. The first call of a
solver, which compiles it, is timed apart.
"""

import os
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from human_pose_util.cli import Parser, run, start_tensorflow
from serialization import ROOT, add_location_flags, load_inference_params

MOCAP_PATH = ROOT.parent / "shared" / "mocap"
SIZES = (100, 300, 1000, 3000, 10_000)


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--inference_id", default="mocap_big", help="whose data, GAN and objective")
    parser.add_argument("--sequences", type=int, default=3, help="short ones, for SciPy")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of frames")
    add_location_flags(parser, "inference_params_dir", "gan_params_dir", "models_dir")
    args = parser.parse_args()
    os.environ.setdefault("MOCAP_PATH", str(MOCAP_PATH))
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    start_tensorflow()
    make, observed = prepare(params, args.gan_params_dir, args.models_dir)
    compare(make, observed[: args.sequences])
    scale(make, observed, args.sizes)


def prepare(params, gan_params_dir: Path, models_dir: Path):
    """A function that makes optimisers, and the observed sequences, shortest first."""
    from gan import GanBuilder
    from human_pose_util.dataset import load_dataset
    from human_pose_util.register import get_converter
    from inference.observations import observe_sequence
    from inference.optimizer import PoseOptimizer
    from inference.run import options_of, weights_of

    gan = GanBuilder(params.gan_id, gan_params_dir, models_dir)
    dataset = load_dataset(params.dataset, default_mode="eval")
    first = next(iter(dataset.values())).attrs
    converter = get_converter(gan.skeleton.id, dataset.attrs["skeleton_id"])
    weights = weights_of(params, first["pixel_scale"])

    def make(**options):
        return PoseOptimizer(
            gan.generator, gan.critic, converter, weights,
            replace(options_of(params), **options), first["space_scale"],
        )  # fmt: skip

    return make, sorted((observe_sequence(s) for s in dataset.values()), key=len)


def timed(optimizer, sequences):
    began = time.perf_counter()
    fits = optimizer.infer(sequences)
    return np.concatenate([fit.cost for fit in fits]), time.perf_counter() - began


def compare(make, sequences) -> None:
    n_frames = sum(len(s) for s in sequences)
    print(f"{len(sequences)} sequences, {n_frames} frames")
    print(f"{'solver':16}{'compile s':>10}{'frames/s':>10}{'cost':>10}{'not above SciPy':>17}")
    reference = None
    for name, options in (
        ("scipy, 1 start", {"optimizer": "scipy", "n_starts": 1}),
        ("lm, 1 start", {"n_starts": 1}),
        ("lm, 4 starts", {"n_starts": 4}),
    ):
        optimizer = make(**options)
        compiling = timed(optimizer, [head(sequences[0], 1)])[1]
        cost, seconds = timed(optimizer, sequences)
        reference = cost if reference is None else reference
        share = np.mean(cost <= reference * (1 + 1e-4))
        print(
            f"{name:16}{compiling:10.1f}{n_frames / seconds:10.1f}{cost.sum():10.5f}{share:17.0%}"
        )


def scale(make, sequences, sizes) -> None:
    print(f"\n{'frames':>8}{'seconds':>10}{'frames/s':>10}   lm, 1 start")
    optimizer = make(n_starts=1)
    timed(optimizer, [head(sequences[0], 1)])
    for size in sizes:
        seconds = timed(optimizer, repeated(sequences, size))[1]
        print(f"{size:8}{seconds:10.1f}{size / seconds:10.1f}")


def repeated(sequences, size: int):
    """Sequences of `size` frames in all, those given over and over again."""
    chosen, left = [], size
    while left:
        for observed in sequences:
            chosen.append(head(observed, left))
            left -= len(chosen[-1])
            if not left:
                break
    return chosen


def head(observed, n: int):
    """The first n frames of a sequence."""
    arrays = {f.name: getattr(observed, f.name) for f in fields(observed) if f.name != "dt"}
    return replace(observed, **{name: array[:n] for name, array in arrays.items()})


if __name__ == "__main__":
    run(main)
