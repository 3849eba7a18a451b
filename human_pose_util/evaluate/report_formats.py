"""An error report as text, tables, CSV and JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from human_pose_util.evaluate.error_cache import Errors
from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.table import Table, json_value

MEASURES = {"individual_proc_err": "Individual proc_err", "sequence_proc_err": "Sequence proc_err"}
"""Titles of the errors in a table."""
TOTAL = "Total"


def title(report: ErrorReport) -> str:
    """One line that says what the numbers of a report measure."""
    reflection = "with" if report.reflection else "without"
    return (
        f"{report.inference_id}: Procrustes-aligned joint error [mm] on {report.dataset_id}, "
        f"{report.skeleton_id}, {reflection} reflection"
    )


def tables(report: ErrorReport) -> dict[str, Table]:
    """Tables for people, by their headings.

    Without columns in the layout there is one table of all measures, under the heading "". With
    columns there is one table for each measure.
    """
    if not report.columns:
        return {"": _plain_table(report)}
    return {f"{name} [mm]": _cross_table(report, m) for m, name in MEASURES.items()}


def as_text(report: ErrorReport, notes: Sequence[str] = ()) -> str:
    """A report for a terminal: title, tables, and the lines of `coverage`.

    Args:
        report: the report.
        notes: further lines for the end.
    """
    parts = [title(report)]
    for heading, table in tables(report).items():
        parts.append(f"{heading}\n{table.text()}" if heading else table.text())
    return "\n\n".join([*parts, "\n".join([*coverage(report), *notes])])


def coverage(report: ErrorReport) -> list[str]:
    """Lines that say what the means are over, and what is missing from them."""
    total, n_missing, n_unknown = report.total, len(report.missing), len(report.unknown)
    n_all = total.n_sequences + n_missing
    lines = [f"{total.n_sequences} of {_count(n_all, 'sequence')}, {total.n_frames} frames"]
    if n_missing:
        missing = _count(n_missing, "sequence")
        lines.append(f"unfinished: {missing} missing, the first of them {report.missing[0]}")
    if total.n_left_out:
        lines.append(
            f"left out: {_count(total.n_left_out, 'frame')} with fewer than 3 joints, or with "
            "all joints at one point"
        )
    if n_unknown:
        lines.append(
            f"ignored: {_count(n_unknown, 'inferred sequence')} that the parameters do not ask "
            f"for, the first of them {report.unknown[0]}"
        )
    return lines


def as_csv(report: ErrorReport) -> str:
    """A report as CSV in full precision: a line for each row, or each cell where there are columns.

    The totals come last.
    """
    labels, columns = [report.layout.row_title.lower()], [""]
    if report.columns:
        labels.append(report.layout.column_title.lower())
        columns = [*report.columns, TOTAL]
    rows = []
    for row in [*report.rows, TOTAL]:
        for column in columns:
            errors = report.summary(_key(row), _key(column))
            rows.append((*(row, column)[: len(labels)], *asdict(errors).values()))
    return Table((*labels, *Errors.__annotations__), tuple(rows)).csv()


def as_json(report: ErrorReport) -> dict[str, Any]:
    """Everything that a report holds, as values for `json.dumps`.

    Errors are in mm; an error that is not defined is None (null in JSON).
    """
    column = report.layout.column_title.lower()
    return {
        "inference_id": report.inference_id,
        "dataset": report.dataset_id,
        "skeleton_id": report.skeleton_id,
        "unit": "mm",
        "reflection": report.reflection,
        "complete": not report.missing,
        "total": _json_errors(report.total),
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
    return {name: json_value(value) for name, value in asdict(errors).items()}


def _plain_table(report: ErrorReport) -> Table:
    """All measures of every row."""
    rows = []
    for row in [*report.rows, TOTAL]:
        s = report.summary(_key(row))
        rows.append((row, s.n_sequences, s.n_frames, s.individual_proc_err, s.sequence_proc_err))
    titles = (report.layout.row_title, "Sequences", "Frames", *MEASURES.values())
    return Table(titles, tuple(rows), n_totals=1)


def _cross_table(report: ErrorReport, measure: str) -> Table:
    """One measure, in rows and columns."""
    columns = [*report.columns, TOTAL]
    rows = [
        (row, *(getattr(report.summary(_key(row), _key(c)), measure) for c in columns))
        for row in [*report.rows, TOTAL]
    ]
    return Table((report.layout.row_title, *columns), tuple(rows), n_totals=1)


def _key(label: str) -> str | None:
    """The label to summarise; None, which stands for everything, for the title of the totals."""
    return label if label not in ("", TOTAL) else None


def _count(n: int, noun: str) -> str:
    """A number and a noun, in the plural unless the number is 1."""
    return f"{n} {noun}{'s' * (n != 1)}"
