"""The errors of several inference runs side by side, over the sequences that all of them have."""

from collections.abc import Sequence
from dataclasses import replace

from human_pose_util.errors import SpecError
from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.report_formats import MEASURES, TOTAL, title
from human_pose_util.evaluate.table import Table


def over_common_sequences(reports: Sequence[ErrorReport]) -> list[ErrorReport]:
    """The reports on those sequences only that every run has finished.

    Args:
        reports: reports on runs over one data set.

    Raises:
        SpecError: the runs are on different data sets, or have no sequence in common.
    """
    first = reports[0]
    for other in reports:
        if other.dataset_id != first.dataset_id:
            raise SpecError(
                f"{first.inference_id!r} is on data set {first.dataset_id!r}, "
                f"{other.inference_id!r} on {other.dataset_id!r}: they cannot be compared"
            )
    common = set.intersection(*({s.key for s in report.sequences} for report in reports))
    if not common:
        names = ", ".join(report.inference_id for report in reports)
        raise SpecError(f"{names} have no finished sequence in common")
    return [
        replace(
            report,
            sequences=tuple(s for s in report.sequences if s.key in common),
            unknown=(),
            missing=(),
        )
        for report in reports
    ]


def comparison_table(reports: Sequence[ErrorReport], measure: str) -> Table:
    """One measure of every row: a column for each run, and the differences from the first run.

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
        measure: name of the measure, from `MEASURES`.
    """
    first, *others = reports
    names = [report.inference_id for report in reports]
    rows = []
    for row in [*first.rows, TOTAL]:
        key = None if row == TOTAL else row
        errors = [getattr(report.summary(key), measure) for report in reports]
        rows.append((row, *errors, *(error - errors[0] for error in errors[1:])))
    differences = [f"{other.inference_id} − {first.inference_id}" for other in others]
    return Table((first.layout.row_title, *names, *differences), tuple(rows), n_totals=1)


def comparison_text(reports: Sequence[ErrorReport]) -> str:
    """The comparison for a terminal: what is compared, a table for each measure, and over what.

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
    """
    parts = ["\n".join(map(title, reports))]
    for measure, name in MEASURES.items():
        parts.append(f"{name} [mm]\n{comparison_table(reports, measure).text()}")
    total = reports[0].total
    over = f"{total.n_sequences} sequences that all runs have, {total.n_frames} frames"
    return "\n\n".join([*parts, over])


def comparison_csv(reports: Sequence[ErrorReport]) -> str:
    """The comparison as CSV in full precision: the rows of all measures, one after the other.

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
    """
    rows: list[tuple] = []
    for measure in MEASURES:
        table = comparison_table(reports, measure)
        rows += [(measure, *row) for row in table.rows]
    row_title, *names = table.columns
    return Table(("measure", row_title.lower(), *names), tuple(rows)).csv()
