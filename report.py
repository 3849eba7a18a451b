"""Table of the Procrustes errors of an inference run, per category and in total."""

from command_line import run
from command_line.report_command import report_command


def main() -> None:
    """Report on an inference run on any data set."""
    from inference.params import load_inference_params

    report_command(__doc__, load_inference_params)


if __name__ == "__main__":
    run(main)
