"""Tables for people (aligned text, HTML) and for programs (CSV, JSON-ready values)."""

import csv
import html
import io
import math
from dataclasses import dataclass

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """Rows under column titles.

    Attributes:
        columns: titles.
        rows: one cell a column; words, counts and measurements (NaN for none).
        n_totals: how many rows at the end sum up the others.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_totals: int = 0

    def text(self) -> str:
        """Aligned text: words to the left, numbers to the right with one decimal."""
        cells = [self.columns, *([_shown(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        is_word = [
            all(isinstance(row[i], str) for row in self.rows) for i in range(len(self.columns))
        ]
        lines = [
            "  ".join(
                cell.ljust(width) if left else cell.rjust(width)
                for cell, width, left in zip(row, widths, is_word, strict=True)
            ).rstrip()
            for row in cells
        ]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        lines.insert(1, rule)
        if self.n_totals:
            lines.insert(-self.n_totals, rule)
        return "\n".join(lines)

    def html(self) -> str:
        """A `<table>`; totals are in its foot."""

        def line(cells, tag="td") -> str:
            kinds = ["" if isinstance(cell, str) else ' class="number"' for cell in cells]
            shown = [html.escape(_shown(cell)) for cell in cells]
            return "<tr>" + "".join(
                f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, shown, strict=True)
            )

        n_body = len(self.rows) - self.n_totals
        parts = {"thead": [line(self.columns, "th")]}
        parts["tbody"] = [line(row) for row in self.rows[:n_body]]
        parts["tfoot"] = [line(row) for row in self.rows[n_body:]]
        body = "\n".join("\n".join([f"<{part}>", *lines]) for part, lines in parts.items() if lines)
        return f"<table>\n{body}\n</table>"

    def csv(self) -> str:
        """Comma-separated values in full precision, with a line of titles; NaN is empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([["" if _is_nan(cell) else cell for cell in row] for row in self.rows])
        return out.getvalue()


def json_value(value):
    """A value that JSON has: NaN becomes null."""
    return None if _is_nan(value) else value


def _shown(cell: Cell) -> str:
    if _is_nan(cell):
        return "–"
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _is_nan(cell: Cell) -> bool:
    return isinstance(cell, float) and math.isnan(cell)
