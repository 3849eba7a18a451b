"""An error report as one HTML page that needs no other file."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.measures import PROCRUSTES
from human_pose_util.evaluate.report_formats import coverage, heading, tables, title
from human_pose_util.evaluate.table import Table

_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def page(
    report: ErrorReport,
    picture: bytes,
    notes: Sequence[str] = (),
    measures: Sequence[str] = PROCRUSTES,
) -> str:
    """The page with the tables, a picture, and the errors of every sequence.

    Args:
        report: the report.
        picture: contents of the SVG file that `error_plot.draw` makes of the report.
        notes: further lines below the tables.
        measures: names of the measures to show.

    Returns:
        A complete HTML document. The picture is part of it, as a base64 data URL.
    """
    page_title = html.escape(title(report, measures))
    parts = [
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{page_title}</title>',
        f"<style>\n{_STYLE}</style>\n<h1>{page_title}</h1>",
    ]
    for head, table in tables(report, measures).items():
        parts += [f"<h2>{html.escape(head)}</h2>"] if head else []
        parts.append(table.html())
    lines = [f"<li>{html.escape(line)}</li>" for line in (*coverage(report, measures), *notes)]
    every = _sequences(report, measures).html()
    source = "data:image/svg+xml;base64," + base64.b64encode(picture).decode()
    parts += [
        "<ul>\n" + "\n".join(lines) + "\n</ul>",
        f'<img src="{source}" alt="errors by category, distribution of the errors, by joint">',
        f"<details>\n<summary>Every sequence</summary>\n{every}\n</details>",
        "</html>\n",
    ]
    return "\n".join(parts)


def _sequences(report: ErrorReport, measures: Sequence[str]) -> Table:
    """The measures of every sequence."""
    rows: list[tuple] = [
        (s.key, s.row, s.errors.n_frames, *map(s.errors.value, measures)) for s in report.sequences
    ]
    titles = ("Sequence", report.layout.row_title, "Frames", *map(heading, measures))
    return Table(titles, tuple(rows))
