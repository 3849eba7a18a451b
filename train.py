#!/usr/bin/env python
"""Train a GAN of human poses, or go on training it."""

import argparse

from human_pose_util.cli import Parser, run, start_tensorflow
from serialization import add_location_flags, load_gan_params

EXAMPLES = """
examples:
  python train.py h3m_big --max_steps=1e7   the paper's GAN, for as long as the paper trained it
  python train.py mocap_big                 the same on plain motion capture (set MOCAP_PATH)
  tensorboard --logdir=models               watch it, and compare it with others

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


def main() -> None:
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
        default=True,
        help="compile the training loop with XLA: some seconds once, then faster",
    )
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    load_gan_params(args.gan_id, args.gan_params_dir)  # a mistake shows before TensorFlow starts

    start_tensorflow()
    from gan import GanBuilder

    builder = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    path = builder.train(args.max_steps or builder.params.max_steps, jit=args.jit)
    print(f"saved {path}")


if __name__ == "__main__":
    run(main)
