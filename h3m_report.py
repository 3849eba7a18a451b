"""Table of the Procrustes errors of an inference run on Human3.6M."""

from command_line import run
from command_line.report_command import report_command


def main() -> None:
    """Report on an inference run on Human3.6M."""
    from inference.params import load_inference_params

    report_command(__doc__, load_inference_params, only_dataset="h3m")


if __name__ == "__main__":
    run(main)
