#!/usr/bin/env python
"""Train a GAN of human poses, or go on training it."""

import argparse

from command_line import Parser, run, start_tensorflow
from command_line.dask_cluster import add_scheduler_flags, workers_of
from command_line.locations import add_location_flags
from gan.params import load_gan_params

EXAMPLES = """
examples:
  python train.py h3m_big --max_steps=1e7   the paper's GAN, for as long as the paper trained it
  python train.py mocap_big                 the same on plain motion capture (set MOCAP_PATH)
  tensorboard --logdir=models               watch it, and compare it with others
  python train.py mocap_big --n_seeds 8 --select
                                            eight at once; the one that infers best is kept
  python train.py mocap_big --n_seeds 8 --scheduler tcp://host:8786
                                            one for each worker of a Dask cluster

A run goes on from the latest checkpoint in models/GAN_ID, up to max_steps in all; stop it with
Ctrl-C whenever you like.
"""


def whole_number(text: str) -> int:
    """A step count such as 200000, 2e5 or 1_000_000."""
    try:
        value = float(text)
        if value == int(value) >= 1:
            return int(value)
    except (ValueError, OverflowError):  # no number; NaN or infinity
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no step count: expected e.g. 200000 or 2e5")


def positive(text: str) -> int:
    """A count from 1 to 64."""
    if text.isdecimal() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1 to 64")


def main() -> None:
    """Parse the command line and train."""
    parser = Parser(__doc__, EXAMPLES)
    parser.add_argument("gan_id", help="which gan_params/GAN_ID.json")
    parser.add_argument(
        "--max_steps",
        type=whole_number,
        metavar="N",
        help="steps in all, those of earlier runs counted (default: the GAN's max_steps, 1e5)",
    )
    parser.add_argument(
        "--jit",
        action=argparse.BooleanOptionalAction,
        help="compile the training loop with XLA: some seconds once, then faster (default: for "
        "runs that are long enough to be worth it)",
    )
    parser.add_argument(
        "--patience",
        type=whole_number,
        metavar="N",
        help="stop early, when generated poses (their sliced Wasserstein distance, looked at every "
        "10 000 steps) have not become better for N steps",
    )
    group = parser.add_argument_group(
        "populations",
        "Several GANs at once, in one program, without one in eight of the recordings; each is in "
        "models/GAN_ID/population, as a run of its own for TensorBoard.",
    )
    group.add_argument("--n_seeds", type=positive, metavar="N", help="train with N seeds")
    group.add_argument(
        "--learning_rates", type=float, nargs="+", metavar="RATE", help="train with each of these"
    )
    group.add_argument(
        "--select",
        action="store_true",
        help="make the best the GAN itself: by inference on the recordings left out",
    )
    add_scheduler_flags(parser)
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    workers = workers_of(args)
    is_population = bool(args.n_seeds or args.learning_rates)
    if args.patience and is_population:
        parser.error("--patience is for a single GAN")
    for flag in ("select", "scheduler"):
        if getattr(args, flag) and not is_population:
            parser.error(f"--{flag} needs --n_seeds or --learning_rates")
    if args.learning_rates and not all(0 < rate < float("inf") for rate in args.learning_rates):
        parser.error("--learning_rates: expected positive numbers")
    load_gan_params(args.gan_id, args.gan_params_dir)  # a mistake shows before TensorFlow starts

    start_tensorflow()
    from gan import GanBuilder

    builder = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    max_steps = args.max_steps or builder.params.max_steps
    if is_population:
        train_population(builder, max_steps, args, workers)
    else:
        print(f"saved {builder.train(max_steps, jit=args.jit, patience=args.patience)}")


def train_population(builder, max_steps: int, args: argparse.Namespace, workers) -> None:
    """Train several GANs, at once or by workers; where asked for, keep the best."""
    from gan.training.population_run import check_selectable, fit_population, members_of, select
    from gan.training.sweep_run import fit_members

    if args.select:
        check_selectable(builder)
    members = members_of(builder, args.n_seeds or 1, args.learning_rates)
    if workers is None:
        fit_population(builder, members, max_steps, jit=args.jit)
    else:
        fit_members(builder, members, max_steps, workers, jit=args.jit)
    print(f"saved {len(members)} GANs in {builder.model_dir / 'population'}")
    if args.select:
        from gan_evaluation.held_out import HeldOut

        judge = HeldOut(builder.params.dataset)
        for name, error in select(builder, members, judge.error).items():
            print(f"{name:24} {error:7.1f} mm")
        print(f"saved {builder.train(builder.step, jit=args.jit)}")  # its proposal network


if __name__ == "__main__":
    run(main)
