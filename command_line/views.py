"""How a script shows what it draws: in a window, or in a file."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from human_pose_util.errors import SpecError
from human_pose_util.suffixes import check_suffix


def view_of(path: Path | None, gl: bool, default: str, suffixes: Iterable[str]) -> Any:
    """The module of `human_pose_util.vis` that shows or saves: see its docstring.

    Args:
        path: file to write; None opens a window. A page for the browser has its own module.
        gl: whether OpenGL draws what is no page.
        default: name of the module that draws otherwise.
        suffixes: suffixes of the files that can be written without OpenGL.

    Raises:
        SpecError: the file has another suffix.
    """
    from human_pose_util.vis.film_writer import FILMS

    if path:
        check_suffix(path, FILMS if gl else suffixes)
    name = "html" if path and path.suffix.lower() == ".html" else "gl.player" if gl else default
    return importlib.import_module(f"human_pose_util.vis.{name}")


def save_or_show(view: Any, content: tuple, path: Path | None, alternatives: str) -> None:
    """Save a view as a file, or show it in a window.

    Args:
        view: the module that draws, see `view_of`.
        content: arguments of its functions `save` and `show`.
        path: file to write; None opens a window.
        alternatives: what the user can do where the view cannot be opened.

    Raises:
        SpecError: the view cannot be opened on this machine.
        DataError: the file cannot be written.
    """
    from human_pose_util.vis.display_error import DisplayError

    try:
        if path:
            view.save(*content, path)
            print(f"saved {path}")
        else:
            view.show(*content)
    except DisplayError as error:
        raise SpecError(f"{error}; {alternatives}") from error
