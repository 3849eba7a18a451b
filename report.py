"""Table of the errors of an inference run, by action and in total.

examples:
  python report.py h3m_best                         the errors after Procrustes alignment
  python report.py h3m_best --measures mpjpe,pck    other measures
  python report.py h3m_best h3m_big                 compare two runs
  python report.py h3m_best --csv errors.csv --html errors.html
                                                    write the errors in other forms
"""

from command_line import run
from command_line.report_command import report_command


def main() -> None:
    """Report on an inference run on any data set."""
    from lifting.film.results import inference_params

    report_command(__doc__, inference_params)


if __name__ == "__main__":
    run(main)
