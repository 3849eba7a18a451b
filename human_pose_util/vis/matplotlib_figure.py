"""Matplotlib figures without a screen, in a window and on disk, and their headings."""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from human_pose_util import files
from human_pose_util.vis import style
from human_pose_util.vis.display_error import DisplayError

DPI = 100


class QuietFigure(Figure):
    """A figure without warnings of letters that its font lacks: a user sees their boxes."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure; see `matplotlib.figure.Figure.draw`."""
        with _without_warnings_of_letters():
            super().draw(renderer)


def agg_figure(width: int, height: int, dpi: float = DPI) -> Figure:
    """A white figure that is drawn in memory and that pyplot does not know of.

    Args:
        width: width [px].
        height: height [px].
        dpi: pixels per inch, which scale the text and the lines.
    """
    figure = QuietFigure(figsize=(width / dpi, height / dpi), dpi=dpi, facecolor="white")
    return FigureCanvasAgg(figure).figure


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Write a figure as a .png file.

    Args:
        figure: the figure.
        path: .png file to write; an existing file is replaced once the picture is complete.

    Raises:
        DataError: the file cannot be written.
    """
    with files.atomic(path) as temporary:
        figure.savefig(temporary)


def picture(figure: Figure, form: str = "png", **options: Any) -> bytes:
    """The contents of a picture file of a figure.

    Args:
        figure: the figure.
        form: format of the file: "png", "pdf" or "svg".
        **options: options of `Figure.savefig`.
    """
    file = io.BytesIO()
    figure.savefig(file, format=form, **options)
    return file.getvalue()


def window_figure(width: int, height: int) -> Figure:
    """A white pyplot figure in a window.

    Args:
        width: width [px].
        height: height [px].

    Raises:
        DisplayError: matplotlib finds no screen, or no backend that opens windows.
    """
    import matplotlib.pyplot as plt
    from matplotlib.backends.registry import BackendFilter, backend_registry

    interactive = backend_registry.list_builtin(BackendFilter.INTERACTIVE)
    if plt.get_backend().lower() not in {name.lower() for name in interactive}:
        message = "matplotlib finds no screen, or neither Tk nor Qt is installed"
        raise DisplayError(f"no window: {message}")
    look: dict[str, Any] = {"figsize": (width / DPI, height / DPI), "dpi": DPI}
    return plt.figure(FigureClass=QuietFigure, facecolor="white", **look)


def draw_heading(figure: Figure, title: str, grey_names: Sequence[str] = ()) -> None:
    """Draw a title at the left and a legend of the colours at the right.

    Args:
        figure: the figure.
        title: one line, which shrinks until it fits.
        grey_names: what is drawn in grey.
    """
    middle = 1 - 0.3 / figure.get_figheight()
    entries = [("left", style.LEFT, 2.5), ("right", style.RIGHT, 2.5)]
    if grey_names:
        entries.append((", ".join(grey_names), style.TRUTH, 4))
    lines = [Line2D([], [], label=name, color=c, linewidth=width) for name, c, width in entries]
    legend = figure.legend(
        handles=lines, loc="center right", bbox_to_anchor=(0.985, middle), ncols=len(lines),
        frameon=False, fontsize=10, labelcolor=style.TEXT,
    )  # fmt: skip
    look: dict[str, Any] = {"color": style.TEXT, "weight": "bold", "fontsize": 13, "va": "center"}
    look["parse_math"] = False  # a "$" in a title is a "$"
    text = figure.text(0.02, middle, title, **look)
    with _without_warnings_of_letters():
        room = legend.get_window_extent().x0 - 0.04 * figure.bbox.width
        text.set_fontsize(13 * min(1, room / max(text.get_window_extent().width, 1)))


@contextmanager
def _without_warnings_of_letters() -> Iterator[None]:
    """Within this context matplotlib does not warn of letters that a font lacks."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        yield
