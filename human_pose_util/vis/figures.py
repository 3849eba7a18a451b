"""Matplotlib figures: without a screen, in a window, on disk; and their headings."""

from human_pose_util import files
from human_pose_util.errors import SpecError
from human_pose_util.vis import style, writer

DPI = 100
FORMATS = (".mp4", ".gif", ".png", ".html")


def agg_figure(width: int, height: int, dpi: float = DPI):
    """A figure of so many pixels that no pyplot state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure, path) -> None:
    """Write a matplotlib figure as .png, whole or not at all."""
    path = writer.check_suffix(path, (".png",))
    with files.atomic(path) as temporary:
        figure.savefig(temporary)


def window_figure(width: int, height: int):
    """A pyplot figure in a window.

    Raises:
        SpecError: matplotlib finds no screen or no backend that opens windows.
    """
    import matplotlib.pyplot as plt
    from matplotlib.backends.registry import BackendFilter, backend_registry

    interactive = backend_registry.list_builtin(BackendFilter.INTERACTIVE)
    if plt.get_backend().lower() not in {name.lower() for name in interactive}:
        raise SpecError(
            "no window: matplotlib finds no screen (or neither Tk nor Qt is installed); "
            f"write a file instead with --save FILE ({writer.listing(FORMATS)})"
        )
    return plt.figure(figsize=(width / DPI, height / DPI), dpi=DPI)


def heading(figure, title: str, greys: list[str]) -> None:
    """A title at the left, and what the colours mean at the right; `greys` names the grey."""
    from matplotlib.lines import Line2D

    middle = 1 - 0.3 / figure.get_figheight()
    entries = [("left", style.LEFT, 2.5), ("right", style.RIGHT, 2.5)]
    if greys:
        entries.append((", ".join(greys), style.TRUTH, 4))
    legend = figure.legend(
        [Line2D([], [], color=color, linewidth=width) for _, color, width in entries],
        [name for name, _, _ in entries],
        loc="center right",
        bbox_to_anchor=(0.985, middle),
        ncols=len(entries),
        frameon=False,
        fontsize=10,
        labelcolor=style.TEXT,
    )
    text = figure.text(
        0.02, middle, title, color=style.TEXT, weight="bold", fontsize=13,
        verticalalignment="center",
    )  # fmt: skip
    room = legend.get_window_extent().x0 - 0.04 * figure.bbox.width
    text.set_fontsize(13 * min(1, room / max(text.get_window_extent().width, 1)))
