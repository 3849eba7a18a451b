#!/usr/bin/env python
"""Judge a trained GAN: how real its poses are, how many kinds, and what poses it can make.

examples:
  python evaluate_gan.py mocap_best            compare with the data's sequences of mode eval
  python evaluate_gan.py mocap_best --json     print a JSON object for programs

docs/training.md explains the measures. Lower is better, except that precision, recall, density and
coverage are 1 for a perfect generator, and that novelty should be about that of unseen poses.
"""

import json

from command_line import Parser, run, start_tensorflow
from command_line.argument_types import seed, whole_number
from command_line.locations import add_location_flags

TITLES = {
    "bone_length_error": ("bone lengths: distance between distributions", "mm"),
    "asymmetry": ("bone lengths: left against right", "mm"),
    "beyond_limits": ("poses with a joint beyond its limits", "%"),
    "sliced_wasserstein": ("sliced Wasserstein distance of poses", "mm"),
    "precision": ("precision", ""),
    "recall": ("recall", ""),
    "density": ("density", ""),
    "coverage": ("coverage", ""),
    "novelty": ("novelty: distance to the nearest learnt pose", "mm"),
    "real_novelty": ("  of unseen real poses", "mm"),
    "reconstruction_error": ("unseen poses: error of the nearest generated", "mm"),
}


def main() -> None:
    """Parse the command line, judge, print."""
    parser = Parser(__doc__)
    parser.add_argument("gan_id", help="judge the GAN that gan_params/GAN_ID.json describes")
    n_help = "number of generated, of learnt and of unseen poses (default: %(default)s)"
    parser.add_argument("--n", type=whole_number(100, 100_000), default=2000, help=n_help)
    seed_help = "seed of the latent vectors, and of the poses that are drawn (default: %(default)s)"
    parser.add_argument("--seed", type=seed, default=0, help=seed_help)
    parser.add_argument("--json", action="store_true", help="print a JSON object; lengths in mm")
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    from gan.params import load_gan_params

    load_gan_params(args.gan_id, args.gan_params_dir)  # a mistake shows before TensorFlow starts
    start_tensorflow()
    from gan import GanBuilder
    from gan_evaluation.report import measures, why_nothing_is_unseen
    from human_pose_util.evaluate.distributions import NEIGHBOURS
    from human_pose_util.evaluate.table import json_value

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    values = measures(gan, args.n, args.seed)
    if args.json:
        print(json.dumps({name: json_value(value) for name, value in values.items()}))
        return
    print(f"{args.gan_id}, step {values['step']}\n")
    for name, (title, unit) in TITLES.items():
        if name not in values:
            continue
        value = 100 * values[name] if unit == "%" else values[name]
        shown = "–" if json_value(value) is None else f"{value:.{1 if unit else 2}f}"
        print(f"{title:46} {shown:>8} {unit}".rstrip())
    if json_value(values["precision"]) is None:
        needs = f"they need more than {NEIGHBOURS}"
        print(f"\ntoo few learnt poses for precision, recall, density and coverage: {needs}")
    if reason := why_nothing_is_unseen(gan.params):
        print(f"\nnothing is unseen: {reason}")


if __name__ == "__main__":
    run(main)
