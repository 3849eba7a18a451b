#!/usr/bin/env python
"""Train a GAN of human poses, or go on training it.

examples:
  python train.py h3m_best                  our recipe on Human3.6M (set H3M_PATH)
  python train.py h3m_big                   the paper's GAN on Human3.6M
  python train.py mocap_big                 the same GAN on plain motion capture (set MOCAP_PATH)
  tensorboard --logdir=models               watch the training, and compare it with others
  python train.py mocap_big --n_seeds 8 --select
                                            train eight at once, and keep the one that infers best
  python train.py mocap_big --n_seeds 8 --scheduler tcp://host:8786
                                            train one on each worker of a Dask cluster

A step is one update of the generator after n_critic_steps updates of the critic: 5 in the paper's
GANs, 1 in our recipe. The paper counts every update: its 1e7 are 1.67e6 steps of its GANs here, or
--max_steps=1.67e6. They make no better GAN than the default of 1e5 steps (docs/training.md).

A training goes on from the latest checkpoint in models/GAN_ID, up to max_steps in all. Stop it with
Ctrl-C whenever you like.
"""

import argparse

from command_line import Parser, run, start_tensorflow
from command_line.argument_types import positive, whole_number
from command_line.locations import add_location_flags
from command_line.scheduler_flags import add_scheduler_flags, workers_of


def main() -> None:
    """Parse the command line and train."""
    parser = Parser(__doc__)
    _add_flags(parser)
    args = parser.parse_args()
    workers = workers_of(args)
    is_population = bool(args.n_seeds or args.learning_rates)
    _check_flags(parser, args, is_population)

    from gan.params import load_gan_params

    load_gan_params(args.gan_id, args.gan_params_dir)  # a mistake shows before TensorFlow starts
    start_tensorflow()
    from gan import GanBuilder
    from gan.training import is_trained, train

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    max_steps = args.max_steps or gan.params.max_steps
    if is_population:
        _train_members(gan, max_steps, args, workers)
    else:
        had_all, logs = is_trained(gan, max_steps, args.patience), gan.model_dir / "logs"
        path = train(gan, max_steps, args.jit, patience=args.patience)
        by_patience = f"was ended by --patience at step {gan.step}"
        done = "has its steps already" if gan.step >= max_steps else by_patience
        print(f"{args.gan_id} {done}: {path}" if had_all else f"saved {path}")
        if logs.exists() and not had_all:
            print(f"saved {logs}, for tensorboard --logdir={gan.model_dir.parent}")


def _add_flags(parser: argparse.ArgumentParser) -> None:
    """Add all flags of the command."""
    add = parser.add_argument
    add("gan_id", help="train the GAN that gan_params/GAN_ID.json describes")
    steps_help = (
        "number of steps of the GAN, those of earlier runs included (default: max_steps of its "
        "file, or 1e5); a proposal network has a number of steps of its own in the file"
    )
    add("-s", "--max_steps", type=whole_number(1), metavar="N", help=steps_help)
    jit_help = (
        "compile the training loops with XLA: some seconds once, then faster (default: for "
        "trainings that are long enough to be worth it; never for the proposal network for films, "
        "whose training it does not make faster)"
    )
    add("--jit", action=argparse.BooleanOptionalAction, help=jit_help)
    patience_help = (
        "stop early, when generated poses (their sliced Wasserstein distance, measured every "
        "10 000 steps) have not become better for N steps; the same command does not train a GAN "
        "further that has ended in this way"
    )
    add("--patience", type=whole_number(1), metavar="N", help=patience_help)
    group = parser.add_argument_group(
        "populations",
        "Train several GANs at once, in one program. One in eight of the recordings is held out.\n"
        "Each GAN is in models/GAN_ID/population, as a run of its own for TensorBoard.",
    )
    add = group.add_argument
    add("--n_seeds", type=whole_number(1, 64), metavar="N", help="train N GANs that differ in seed")
    rates_help = "train GANs with each of these learning rates"
    add("--learning_rates", type=positive, nargs="+", metavar="RATE", help=rates_help)
    select_help = "keep the GAN that infers the held-out recordings best, as models/GAN_ID"
    add("--select", action="store_true", help=select_help)
    add_scheduler_flags(parser)
    add_location_flags(parser, "gan_params_dir", "models_dir")


def _check_flags(parser: Parser, args: argparse.Namespace, is_population: bool) -> None:
    """Exit with an error where flags do not fit together."""
    if args.patience and is_population:
        parser.error("--patience is for a single GAN")
    for flag in ("select", "scheduler"):
        if getattr(args, flag) and not is_population:
            parser.error(f"--{flag} needs --n_seeds or --learning_rates")


def _train_members(gan, max_steps: int, args: argparse.Namespace, workers) -> None:
    """Train a population, at once or by workers; if the user asks for it, keep the best member."""
    from gan.training import train, train_by_workers, train_population
    from gan.training.population import check_selectable, members_of, select

    members = members_of(gan, args.n_seeds or 1, args.learning_rates)
    held_out = None
    if args.select:
        from gan_evaluation.held_out import HeldOut

        # Data that cannot judge a GAN are an error before the training.
        check_selectable(gan)
        held_out = HeldOut(gan.params.dataset)
    if workers is None:
        trained = train_population(gan, members, max_steps, args.jit)
    else:
        trained = train_by_workers(gan, members, max_steps, workers, args.jit)
    kept = "1 GAN" if len(trained) == 1 else f"{len(trained)} GANs"
    print(f"saved {kept} in {gan.model_dir / 'population'}")
    if len(trained) < len(members):
        print(f"diverged: {len(members) - len(trained)}; lower the learning rate")
    if held_out is not None:
        for name, error in select(gan, trained, held_out.error).items():
            print(f"{name:24} {error:7.1f} mm")
        print(f"saved {train(gan, gan.step, args.jit)}")  # trains the proposal network


if __name__ == "__main__":
    run(main, kept="the same command goes on from the latest checkpoint")
