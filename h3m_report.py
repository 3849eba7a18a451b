"""Table of the Procrustes errors of an inference run on Human3.6M."""

from command_line import run
from command_line.locations import add_location_flags
from command_line.report import report_command, report_parser
from inference.params import load_inference_params


def main() -> None:
    """Report on an inference run on Human3.6M."""
    parser = report_parser(__doc__)
    add_location_flags(parser, "inference_params_dir", "results")
    args = parser.parse_args()
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    report_command(args, params.dataset, only_dataset="h3m")


if __name__ == "__main__":
    run(main)
