"""A report as text, CSV and JSON."""

from typing import Any

from human_pose_util.evaluate.report import Report, Summary
from human_pose_util.evaluate.table import Table, json_value

MEASURES = {
    "individual_proc_err": "Individual proc_err",
    "sequence_proc_err": "Sequence proc_err",
}
COUNTS = ("n_sequences", "n_frames", "n_left_out")
TOTAL = "Total"


def title(report: Report) -> str:
    """What the numbers of a report are."""
    reflection = "with" if report.reflection else "without"
    return (
        f"{report.inference_id}: Procrustes-aligned joint error [mm] on {report.dataset_id}, "
        f"{report.skeleton_id}, {reflection} reflection"
    )


def tables(report: Report) -> dict[str, Table]:
    """Tables for people: one of all measures, or one a measure where there are columns."""
    if not report.columns:
        return {"": _plain_table(report)}
    return {f"{name} [mm]": _cross_table(report, m) for m, name in MEASURES.items()}


def as_text(report: Report) -> str:
    """Title, tables and how complete they are, for a terminal."""
    parts = [title(report)]
    for heading, table in tables(report).items():
        parts.append(f"{heading}\n{table.text()}" if heading else table.text())
    return "\n\n".join([*parts, "\n".join(coverage(report))])


def coverage(report: Report) -> list[str]:
    """What the means are over, and what is missing from them, one line each."""
    total, n_missing, n_unknown = report.total, len(report.missing), len(report.unknown)
    n_all = total.n_sequences + n_missing
    lines = [f"{total.n_sequences} of {_count(n_all, 'sequence')}, {total.n_frames} frames"]
    if n_missing:
        lines.append(
            f"unfinished: {_count(n_missing, 'sequence')} missing, first {report.missing[0]}: "
            f"`python generate_inferences.py {report.inference_id}` goes on with them"
        )
    if total.n_left_out:
        lines.append(
            f"left out: {_count(total.n_left_out, 'frame')} with fewer than 3 joints, or with "
            "all joints in one point"
        )
    if n_unknown:
        lines.append(
            f"ignored: {_count(n_unknown, 'inferred sequence')} that the parameters do not ask "
            f"for, first {report.unknown[0]}"
        )
    return lines


def as_csv(report: Report) -> str:
    """One line a row (or cell) of the table, then the totals, in full precision."""
    labels = [report.layout.row_title.lower()]
    columns = [""]
    if report.columns:
        labels.append(report.layout.column_title.lower())
        columns = [*report.columns, TOTAL]
    rows = []
    for row in [*report.rows, TOTAL]:
        for column in columns:
            summary = report.summary(_key(row), _key(column))
            names = (row, column)[: len(labels)]
            rows.append((*names, *summary.as_dict().values()))
    return Table((*labels, *COUNTS, *MEASURES), tuple(rows)).csv()


def as_json(report: Report) -> dict[str, Any]:
    """Everything that a report holds, ready for `json.dumps`; errors in mm, null for none."""
    column = report.layout.column_title.lower()
    return {
        "inference_id": report.inference_id,
        "dataset": report.dataset_id,
        "skeleton_id": report.skeleton_id,
        "unit": "mm",
        "reflection": report.reflection,
        "complete": not report.missing,
        "total": _json_summary(report.total),
        "categories": [
            {"category": row, **_json_summary(report.summary(row))}
            | ({f"{column}s": _json_cells(report, row)} if report.columns else {})
            for row in report.rows
        ],
        "sequences": [
            {"key": s.key, "category": s.row, **_json_summary(Summary.of([s]))}
            for s in report.sequences
        ],
        "missing": list(report.missing),
        "unknown": list(report.unknown),
    }


def _json_cells(report: Report, row: str) -> dict[str, Any]:
    return {c: _json_summary(report.summary(row, c)) for c in report.columns}


def _json_summary(summary: Summary) -> dict[str, Any]:
    return {name: json_value(value) for name, value in summary.as_dict().items()}


def _plain_table(report: Report) -> Table:
    rows = []
    for row in [*report.rows, TOTAL]:
        s = report.summary(_key(row))
        rows.append((row, s.n_sequences, s.n_frames, s.individual_proc_err, s.sequence_proc_err))
    titles = (report.layout.row_title, "Sequences", "Frames", *MEASURES.values())
    return Table(titles, tuple(rows), n_totals=1)


def _cross_table(report: Report, measure: str) -> Table:
    columns = [*report.columns, TOTAL]
    rows = [
        (row, *(getattr(report.summary(_key(row), _key(c)), measure) for c in columns))
        for row in [*report.rows, TOTAL]
    ]
    return Table((report.layout.row_title, *columns), tuple(rows), n_totals=1)


def _key(label: str) -> str | None:
    """The label to sum over; None, for everything, under the title of the totals."""
    return label if label not in ("", TOTAL) else None


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"
