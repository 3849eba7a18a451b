"""A report as one HTML page that needs no other file."""

import base64
import html

from human_pose_util.evaluate import render
from human_pose_util.evaluate.report import Report
from human_pose_util.evaluate.table import Table

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 70rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 2px solid #222; } tfoot td { border-top: 1px solid #222; }
img { max-width: 100%; }
"""


def page(report: Report, picture: bytes) -> str:
    """The page with tables, picture and every sequence.

    Args:
        report: what to show.
        picture: SVG file from `plot.draw`.

    Returns:
        A complete HTML document.
    """
    title = html.escape(render.title(report))
    tables = [
        (f"<h2>{html.escape(heading)}</h2>\n" if heading else "") + table.html()
        for heading, table in render.tables(report).items()
    ]
    notes = [f"<li>{html.escape(line)}</li>" for line in render.coverage(report)]
    source = "data:image/svg+xml;base64," + base64.b64encode(picture).decode()
    parts = [
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>',
        f"<style>{_STYLE}</style>\n<h1>{title}</h1>",
        *tables,
        "<ul>\n" + "\n".join(notes) + "\n</ul>",
        f'<img src="{source}" alt="errors by category, distribution of the errors, by joint">',
        f"<details>\n<summary>Every sequence</summary>\n{_sequences(report).html()}\n</details>",
        "</html>\n",
    ]
    return "\n".join(parts)


def _sequences(report: Report) -> Table:
    rows = [
        (s.key, s.row, s.errors.n_frames, s.errors.individual_proc_err, s.errors.sequence_proc_err)
        for s in report.sequences
    ]
    titles = ("Sequence", report.layout.row_title, "Frames", *render.MEASURES.values())
    return Table(titles, tuple(rows))
