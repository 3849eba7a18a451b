"""The errors of several inference runs side by side, over the sequences that all of them have."""

import math
from collections.abc import Sequence
from dataclasses import replace

from human_pose_util.errors import SpecError
from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.measures import MEASURES, OVERVIEW, PER_FRAME, PROCRUSTES
from human_pose_util.evaluate.report_formats import (
    MOST_COLUMNS,
    SUMMARIES,
    TOTAL,
    count,
    heading,
    row_errors,
    title,
    undetermined,
)
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

    Where the runs differ in their frame rates, a measure of `PER_FRAME` has no difference (NaN).

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
        measure: name of the measure.
    """
    rows: list[tuple] = []
    for row in [*reports[0].rows, *SUMMARIES]:
        values = [row_errors(report, row).value(measure) for report in reports]
        rows.append((row, *_side_by_side(values, _is_alike(measure, reports))))
    titles = (reports[0].layout.row_title, *_titles(reports))
    return Table(titles, tuple(rows), n_totals=len(SUMMARIES))


def totals_table(reports: Sequence[ErrorReport], measures: Sequence[str]) -> Table:
    """Measures over all sequences: a row for each, and columns as in `comparison_table`.

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
        measures: names of the measures.
    """
    totals = [report.total for report in reports]
    rows: list[tuple] = [
        (heading(m), *_side_by_side([total.value(m) for total in totals], _is_alike(m, reports)))
        for m in measures
    ]
    return Table((TOTAL, *_titles(reports)), tuple(rows))


def comparison_text(reports: Sequence[ErrorReport], measures: Sequence[str] = PROCRUSTES) -> str:
    """The comparison for a terminal: what is compared, tables, and over what.

    There is a table for each measure, or one of the totals where the measures are many; with the
    default measures, there is one of the totals of others besides.

    Args:
        reports: reports over the same sequences, see `over_common_sequences`.
        measures: names of the measures to compare.
    """
    parts = ["\n".join(title(report, measures) for report in reports)]
    few = measures if len(measures) <= MOST_COLUMNS else ()
    for measure in few:
        parts.append(f"{heading(measure)}\n{comparison_table(reports, measure).text()}")
    others = OVERVIEW if tuple(measures) == PROCRUSTES else () if few else measures
    if others:
        parts.append(totals_table(reports, others).text())
    lines = [_extent(reports), *_doubts(reports)]
    if not few:
        lines.append(f"`csv` has every {reports[0].layout.row_title.lower()}")
    for report in reports:
        of_run = undetermined(report.total, measures)
        lines += [f"{report.inference_id}: {line}" for line in of_run]
    return "\n\n".join([*parts, "\n".join(lines)])


def _extent(reports: Sequence[ErrorReport]) -> str:
    """Over what runs are compared: the number of frames of each where they have other rates."""
    totals = {report.inference_id: report.total for report in reports}
    n_sequences = totals[reports[0].inference_id].n_sequences
    by_run = {name: f"{total.n_frames} frames" for name, total in totals.items()}
    numbers = set(by_run.values())
    frames = min(numbers)
    if len(numbers) > 1:
        frames = ", ".join(f"{name} {number}" for name, number in by_run.items())
    return f"{count(n_sequences, 'sequence')} that all runs have, {frames}"


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


def _doubts(reports: Sequence[ErrorReport]) -> list[str]:
    """A line that says why runs are hardly alike; none where rates and skeletons are the same."""
    reasons = []
    if _rates_differ(reports):
        reasons.append(
            "the frame rates differ, so measures that count in frames are not subtracted"
        )
    if len({report.skeleton_id for report in reports}) > 1:
        reasons.append("the skeletons differ, so errors are means over other joints")
    return [f"note: {'; '.join(reasons)}"] if reasons else []


def _rates_differ(reports: Sequence[ErrorReport]) -> bool:
    """Whether the runs have other numbers of frames of the same sequences."""
    return len({frozenset((s.key, s.errors.n_frames) for s in r.sequences) for r in reports}) > 1


def _is_alike(measure: str, reports: Sequence[ErrorReport]) -> bool:
    """Whether the difference of a measure between the runs has a meaning."""
    return measure not in PER_FRAME or not _rates_differ(reports)


def _side_by_side(values: list[float], is_alike: bool) -> tuple[float, ...]:
    """The values of all runs, and the differences of the others from the first, where alike."""
    return *values, *(value - values[0] if is_alike else math.nan for value in values[1:])


def _titles(reports: Sequence[ErrorReport]) -> list[str]:
    """The titles of the columns of `_side_by_side`."""
    first, *others = [report.inference_id for report in reports]
    return [first, *others, *(f"{other} − {first}" for other in others)]
