"""Compare the accuracy of the project with other priors and with supervised regression.

    python bench/accuracy.py             all methods, several seeds: mean ± standard deviation
    python bench/accuracy.py --quick     what the settings are worth with the paper's GAN
    python bench/accuracy.py --paper_steps
                                         train the paper's GAN as long as the paper did
    python bench/accuracy.py --variation
                                         all but the paper's GAN learn from varied poses

The data are the motion capture in MOCAP_PATH. All methods learn from its training sequences. The
bench evaluates them on the evaluation sequences at 10 Hz, which one camera observes; only
"regression, same camera" has seen this camera in training. Errors are mean joint errors in mm after
Procrustes alignment of every frame without reflection, of all sequences and by kind of motion
(`bench.motion.KINDS`). A second table has `bench.motion.MEASURES`, whose meaning
`python report.py --measures help` explains. Trained models stay in --models_dir; the bench trains
those that are missing.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from bench.motion import KINDS, MEASURES, evaluation_of, print_measures, sequences, trained
from bench.search import OURS, proposals_alone, search
from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags
from serialization import SHIPPED_GAN

SEEDS = 3
SHORT_STEPS = 100_000
PAPER_STEPS = round(1e7 / 6)
"""The paper trains for 1e7 updates: 5 of the critic and 1 of the generator are one step here."""

PAPER = "mocap_big"
VARIATION = ("limb_exchange", "lean", "bone_spread", "rarity")
"""Keys of a GAN that vary the poses from which it learns; those of the shipped GAN are taken."""

PRIOR_WEIGHTS = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4)
TUNING_FPS, TUNING_STRIDE = 2.0, 3

ALONE = {"proposal_weight": None, "n_starts": 4}
ABLATION = (
    ("adversarial prior alone, 4 starts", {**ALONE, "critic_weight": 0.0}),
    ("  + critic's term", ALONE),
    ("  + start at the proposal", {"proposal_weight": 0.0, "critic_weight": 0.0}),
    ("  + pull of the proposal", {"critic_weight": 0.0}),
    ("  + both: mocap_best", {}),
    ("  mocap_best, proposals of single frames", {"film_proposals": False}),
    ("  mocap_best, not refined", {"refinement": None}),
    ("  mocap_best, every frame a body of its own", {"body_weight": 0.0, "refinement": None}),
)


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--quick", action="store_true", help="compare settings, with one GAN")
    paper_help = f"train the paper's GAN for {PAPER_STEPS} steps, not {SHORT_STEPS}"
    parser.add_argument("--paper_steps", action="store_true", help=paper_help)
    variation_help = "all but the paper's GAN learn from poses varied as for the shipped GAN"
    parser.add_argument("--variation", action="store_true", help=variation_help)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="number of seeds (default: 3)")
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    start_tensorflow()
    if args.quick:
        from bench.settings import print_settings

        print_settings(args.models_dir)
    else:
        paper_steps = PAPER_STEPS if args.paper_steps else SHORT_STEPS
        changes = variation() if args.variation else {}
        compare(range(args.seeds), args.models_dir, paper_steps, changes)


def variation() -> dict[str, float]:
    """Return how the shipped GAN's training poses are varied."""
    from gan.params import load_gan_params

    params = load_gan_params(SHIPPED_GAN)
    return {name: getattr(params, name) for name in VARIATION}


def compare(
    seeds: Sequence[int], models_dir: Path, paper_steps: int, changes: dict[str, Any]
) -> None:
    """Evaluate every method with every seed, and print the tables.

    Args:
        seeds: of the trainings.
        models_dir: folder of the models.
        paper_steps: number of training steps of the paper's GAN.
        changes: parameters of our GAN, whose training poses the other methods share.
    """
    from human_pose_util.evaluate.measures import pooled

    takes, rows, means = sequences(), {}, {}
    for seed in seeds:
        for name, predict, seconds in _methods(seed, models_dir, paper_steps, changes):
            scores, by_kind, measured = evaluation_of(predict, takes)
            rows.setdefault(name, []).append((*scores, seconds, *by_kind.values()))
            means.setdefault(name, []).append(measured)
            print(f"seed {seed}, {name.strip()}: {scores.mean:.1f} mm", file=sys.stderr)
    titles = ("mean", 12), ("median", 8), ("90 %", 7), *((kind, 12) for kind in KINDS)
    titles += ("training s", 12), ("frames/s", 10)
    print(f"{'method':38}" + "".join(f"{title:>{width}}" for title, width in titles))
    for name, of_seeds in rows.items():
        mean, median, most, speed, seconds, *by_kind = np.mean(of_seeds, axis=0)
        errors = [row[0] for row in of_seeds]
        spread = f" ± {np.std(errors, ddof=1):.1f}" if len(errors) > 1 else ""
        mean = f"{mean:.1f}{spread}"
        kinds = "".join(f"{error:12.1f}" for error in by_kind)
        print(f"{name:38}{mean:>12}{median:8.1f}{most:7.1f}{kinds}{seconds:12.0f}{speed:10.0f}")
    print()
    print_measures({name: pooled(of_seeds) for name, of_seeds in means.items()}, MEASURES, 38)


def _methods(
    seed: int, models_dir: Path, paper_steps: int, changes: dict[str, Any]
) -> Iterator[tuple[str, Callable, float]]:
    """Yield each method's name, its function from sequences to poses, and its training time [s]."""
    from bench.priors import N_Z, pca, vae
    from bench.regression import Regressor, random_cameras, same_camera
    from gan.training.data import load_training_poses

    paper, paper_seconds = trained(PAPER, seed, models_dir, paper_steps)
    yield "paper's GAN, the paper's inference", search(paper, "mocap_big"), paper_seconds
    yield "  + 4 starts and prior", search(paper, "mocap_big_prior"), paper_seconds

    ours, our_seconds = trained(OURS, seed, models_dir, changes=changes)
    poses, skeleton = load_training_poses(ours.params)
    proposals = _WithoutLatent(ours.proposal_network, N_Z)
    training = poses, skeleton, ours.params
    for name, make, given in (("PCA-32", pca, training), ("VAE-32", vae, (*training, seed))):
        generator, seconds = _timed(make, *given)
        weight = _tuned(name, ours, generator)
        weights = {"critic_weight": 0.0, "prior_weight": weight}
        predict = search(ours, OURS, {**ALONE, **weights}, generator)
        yield f"{name}, 4 starts and prior", predict, seconds
        predict = search(ours, OURS, weights, generator, proposals)
        yield f"{name} + our proposals", predict, seconds + our_seconds

    learning = sequences("train", fps=30.0)
    for name, pairs in (
        ("same camera", same_camera(learning)),
        ("random cameras", random_cameras(*training, learning[0], seed)),
    ):
        regressor, seconds = _timed(Regressor, pairs, seed)
        yield f"regression, {name}", regressor, seconds
    yield "our proposals alone", proposals_alone(ours), our_seconds
    for name, settings in ABLATION:
        yield name, search(ours, OURS, settings), our_seconds


_weights: dict[str, float] = {}


def _tuned(name: str, gan, generator) -> float:
    """Return the prior weight with the least error on training sequences, computed once a prior."""
    if name not in _weights:
        takes = sequences("train", TUNING_FPS)[::TUNING_STRIDE]
        changes = {**ALONE, "critic_weight": 0.0}
        errors = {
            weight: evaluation_of(
                search(gan, OURS, {**changes, "prior_weight": weight}, generator), takes
            ).scores.mean
            for weight in PRIOR_WEIGHTS
        }
        _weights[name] = min(errors, key=errors.get)
        print(
            f"# {name}: prior weight {_weights[name]:.0e}, the best on training sequences",
            file=sys.stderr,
        )
    return _weights[name]


class _WithoutLatent:
    """Proposals for a generator that they were not trained for: z = 0 replaces the proposed z."""

    def __init__(self, network, n_z: int):
        self._network, self._n_z = network, n_z

    def propose(self, inputs):
        import tensorflow as tf

        proposal = self._network.propose(inputs)
        return proposal._replace(z=tf.zeros([tf.shape(proposal.p3)[0], self._n_z]))


def _timed(make: Callable, *arguments):
    """Return the result of a function, and the seconds that it takes."""
    began = time.perf_counter()
    made = make(*arguments)
    return made, time.perf_counter() - began


if __name__ == "__main__":
    run(main)
