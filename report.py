"""Table of the Procrustes errors of an inference run, per category and in total."""

from human_pose_util.cli import run
from human_pose_util.evaluate.command import report_command, report_parser
from serialization import add_location_flags, load_inference_params


def main() -> None:
    """Report on an inference run on any data set."""
    parser = report_parser(__doc__)
    add_location_flags(parser, "inference_params_dir", "results")
    args = parser.parse_args()
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    report_command(args, params.dataset)


if __name__ == "__main__":
    run(main)
