"""Table of the errors of an inference run on Human3.6M.

examples:
  python h3m_report.py h3m_big                     the errors after Procrustes alignment
  python h3m_report.py h3m_big --reflection        the same, as the paper's code measures them
  python h3m_report.py h3m_big --measures mpjpe    another measure

report.py reads any data set.
"""

from command_line import run
from command_line.report_command import report_command


def main() -> None:
    """Report on an inference run on Human3.6M."""
    from lifting.film.results import inference_params

    report_command(__doc__, inference_params, only_dataset="h3m")


if __name__ == "__main__":
    run(main)
