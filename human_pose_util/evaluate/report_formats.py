"""An error report as text, tables, CSV and JSON."""

from collections.abc import Sequence
from typing import Any

from human_pose_util.evaluate.error_cache import Errors
from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.measures import MEASURES, OVERVIEW, PROCRUSTES
from human_pose_util.evaluate.table import Table, json_value

TOTAL = "Total"
MEAN_OF_ROWS = "Mean of rows"
SUMMARIES = (TOTAL, MEAN_OF_ROWS)
"""Labels of the rows at the end of a table, which summarise the others."""
MOST_COLUMNS = 5
"""Largest number of measures that one table shows; more are divided by their groups."""


def title(report: ErrorReport, measures: Sequence[str] = PROCRUSTES) -> str:
    """One line that says what the numbers of a report measure.

    Args:
        report: the report.
        measures: names of the measures that it shows.
    """
    on = f"on {report.dataset_id}, {report.skeleton_id}"
    if set(measures) & set(PROCRUSTES):
        on += f", {'with' if report.reflection else 'without'} reflection"
    what = "measures of inferred poses"
    if set(measures) <= set(PROCRUSTES):
        what = "Procrustes-aligned joint error [mm]"
    elif len(measures) == 1:
        what = MEASURES[measures[0]].title
    return f"{report.inference_id}: {what} {on}"


def tables(report: ErrorReport, measures: Sequence[str] = PROCRUSTES) -> dict[str, Table]:
    """Tables for people, by their headings.

    Without columns in the layout there is one table of all measures, under the heading "", or one
    of each group where the measures are many. With columns there is one table for each measure.

    Args:
        report: the report.
        measures: names of the measures to show.
    """
    if report.columns:
        return {heading(m): _cross_table(report, m) for m in measures}
    if len(measures) <= MOST_COLUMNS:
        return {"": _plain_table(report, measures)}
    groups: dict[str, list[str]] = {}
    for measure in measures:
        groups.setdefault(MEASURES[measure].group, []).append(measure)
    return {group: _plain_table(report, names) for group, names in groups.items()}


def heading(measure: str) -> str:
    """The title of a measure with its unit."""
    return f"{MEASURES[measure].title} [{MEASURES[measure].unit}]"


def row_errors(report: ErrorReport, row: str, column: str | None = None) -> Errors:
    """The errors of a row of a table.

    Args:
        report: the report.
        row: label of the row, which may be one of `SUMMARIES`.
        column: label of the column; `TOTAL` or None for all columns.
    """
    column = None if column == TOTAL else column
    if row == MEAN_OF_ROWS:
        return report.mean_of_rows(column)
    return report.summary(None if row == TOTAL else row, column)


def as_text(
    report: ErrorReport, notes: Sequence[str] = (), measures: Sequence[str] = PROCRUSTES
) -> str:
    """A report for a terminal: title, tables, and the lines of `coverage`.

    Args:
        report: the report.
        notes: further lines for the end.
        measures: names of the measures to show.
    """
    parts = [title(report, measures)]
    for head, table in tables(report, measures).items():
        parts.append(f"{head}\n{table.text()}" if head else table.text())
    return "\n\n".join([*parts, "\n".join([*coverage(report, measures), *notes])])


def coverage(report: ErrorReport, measures: Sequence[str] = PROCRUSTES) -> list[str]:
    """Lines that say what the means are over, and what is missing from them.

    With the default measures, a line names the `OVERVIEW` of others.

    Args:
        report: the report.
        measures: names of the measures that are shown.
    """
    total, n_missing, n_unknown = report.total, len(report.missing), len(report.unknown)
    n_all = total.n_sequences + n_missing
    lines = [f"{total.n_sequences} of {count(n_all, 'sequence')}, {count(total.n_frames, 'frame')}"]
    if tuple(measures) == PROCRUSTES and (others := overview(total)):
        lines += [f"over all: {others}", "more measures: `measures` help"]
    if n_missing:
        missing = count(n_missing, "sequence")
        lines.append(f"unfinished: {missing} missing, the first of them {report.missing[0]}")
    if total.n_left_out:
        lines.append(
            f"left out: {count(total.n_left_out, 'frame')} with fewer than 3 joints, or with "
            "all joints at one point"
        )
    if n_unknown:
        lines.append(
            f"ignored: {count(n_unknown, 'inferred sequence')} that the parameters do not ask "
            f"for, the first of them {report.unknown[0]}"
        )
    return lines + undetermined(total, measures)


def overview(errors: Errors) -> str:
    """The measures of `OVERVIEW` that are determined, in one line."""
    parts = [
        f"{MEASURES[measure].title} {errors.value(measure):.1f} {MEASURES[measure].unit}"
        for measure in OVERVIEW
        if measure in errors.means
    ]
    return ", ".join(parts)


def undetermined(errors: Errors, measures: Sequence[str]) -> list[str]:
    """Lines that say what measures need that are not determined.

    Args:
        errors: the errors in total.
        measures: names of the measures that are shown.
    """
    missing: dict[str, list[str]] = {}
    for measure in measures:
        if measure not in PROCRUSTES and measure not in errors.means:
            missing.setdefault(MEASURES[measure].needs, []).append(MEASURES[measure].title)
    return [
        f"not determined: {', '.join(titles)}, for lack of {needs}"
        for needs, titles in missing.items()
    ]


def as_csv(report: ErrorReport) -> str:
    """A report as CSV in full precision: a line for each row, or each cell where there are columns.

    It has all measures. The lines of `SUMMARIES` come last.
    """
    labels, columns = [report.layout.row_title.lower()], [TOTAL]
    if report.columns:
        labels.append(report.layout.column_title.lower())
        columns = [*report.columns, TOTAL]
    rows = []
    for row in [*report.rows, *SUMMARIES]:
        for column in columns:
            errors = row_errors(report, row, column)
            rows.append((*(row, column)[: len(labels)], *errors.as_dict().values()))
    return Table((*labels, *report.total.as_dict()), tuple(rows)).csv()


def as_json(report: ErrorReport) -> dict[str, Any]:
    """Everything that a report holds, as values for `json.dumps`.

    A measure has the unit in "units"; one that is not determined is None (null in JSON).
    """
    column = report.layout.column_title.lower()
    return {
        "inference_id": report.inference_id,
        "dataset": report.dataset_id,
        "skeleton_id": report.skeleton_id,
        "unit": "mm",
        "units": {name: measure.unit for name, measure in MEASURES.items()},
        "reflection": report.reflection,
        "complete": not report.missing,
        "total": _json_errors(report.total),
        "mean_of_rows": _json_errors(report.mean_of_rows()),
        "categories": [
            {"category": row, **_json_errors(report.summary(row))}
            | ({f"{column}s": _json_cells(report, row)} if report.columns else {})
            for row in report.rows
        ],
        "sequences": [
            {"key": s.key, "category": s.row, **_json_errors(s.errors)} for s in report.sequences
        ],
        "missing": list(report.missing),
        "unknown": list(report.unknown),
    }


def _json_cells(report: ErrorReport, row: str) -> dict[str, Any]:
    """Errors in the cells of a row, by column."""
    return {c: _json_errors(report.summary(row, c)) for c in report.columns}


def _json_errors(errors: Errors) -> dict[str, Any]:
    """Errors as values for JSON."""
    return {name: json_value(value) for name, value in errors.as_dict().items()}


def _plain_table(report: ErrorReport, measures: Sequence[str]) -> Table:
    """Measures of every row, in columns."""
    rows: list[tuple] = []
    for row in [*report.rows, *SUMMARIES]:
        errors = row_errors(report, row)
        rows.append((row, errors.n_sequences, errors.n_frames, *map(errors.value, measures)))
    # The title of a report of Procrustes errors alone has their unit.
    is_default = set(measures) <= set(PROCRUSTES)
    heads = [MEASURES[m].title if is_default else heading(m) for m in measures]
    titles = (report.layout.row_title, "Sequences", "Frames", *heads)
    return Table(titles, tuple(rows), n_totals=len(SUMMARIES))


def _cross_table(report: ErrorReport, measure: str) -> Table:
    """One measure, in rows and columns."""
    columns = [*report.columns, TOTAL]
    rows: list[tuple] = [
        (row, *(row_errors(report, row, column).value(measure) for column in columns))
        for row in [*report.rows, *SUMMARIES]
    ]
    return Table((report.layout.row_title, *columns), tuple(rows), n_totals=len(SUMMARIES))


def count(n: int, noun: str) -> str:
    """A number and a noun, in the plural unless the number is 1.

    Args:
        n: the number.
        noun: the noun in the singular.
    """
    return f"{n} {noun}{'s' * (n != 1)}"
