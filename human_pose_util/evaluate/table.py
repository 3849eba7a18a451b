"""Tables for people (aligned text, HTML) and for programs (CSV, values for JSON)."""

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
        columns: titles of the columns.
        rows: rows with one cell for each column: a word, a count or a measurement (a float, with
            NaN for a missing value).
        n_totals: number of rows at the end that summarise the rows before them.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_totals: int = 0

    def text(self) -> str:
        """Aligned text: words to the left, numbers to the right, measurements with one decimal."""
        cells = [self.columns, *([_cell_text(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        fields = []
        for i, width in enumerate(widths):
            is_word = all(isinstance(row[i], str) for row in self.rows)
            fields.append(f"{{:{'<' if is_word else '>'}{width}}}")
        lines = ["  ".join(fields).format(*row).rstrip() for row in cells]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        lines.insert(1, rule)
        if self.n_totals:
            lines.insert(-self.n_totals, rule)
        return "\n".join(lines)

    def html(self) -> str:
        """An HTML element `<table>`, with the totals in its `<tfoot>`."""

        def line(cells: tuple[Cell, ...], tag: str = "td") -> str:
            elements = ["<tr>"]
            for cell in cells:
                kind = "" if isinstance(cell, str) else ' class="number"'
                elements.append(f"<{tag}{kind}>{html.escape(_cell_text(cell))}</{tag}>")
            return "".join(elements)

        n_body = len(self.rows) - self.n_totals
        parts = {"thead": [line(self.columns, "th")]}
        parts["tbody"] = [line(row) for row in self.rows[:n_body]]
        parts["tfoot"] = [line(row) for row in self.rows[n_body:]]
        body = "\n".join("\n".join([f"<{part}>", *lines]) for part, lines in parts.items() if lines)
        return f"<table>\n{body}\n</table>"

    def csv(self) -> str:
        """Comma-separated values in full precision after a line of titles; NaN is an empty cell."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([["" if _is_nan(cell) else cell for cell in row] for row in self.rows])
        return out.getvalue()


def json_value(value: Cell) -> Cell | None:
    """A value that JSON can hold: None (null in JSON) for NaN."""
    return None if _is_nan(value) else value


def _cell_text(cell: Cell) -> str:
    """A cell for people: one decimal for a measurement, never −0.0; a dash for NaN."""
    if _is_nan(cell):
        return "–"
    return f"{cell:z.1f}" if isinstance(cell, float) else str(cell)


def _is_nan(cell: Cell) -> bool:
    """Whether a cell is a missing value."""
    return isinstance(cell, float) and math.isnan(cell)
