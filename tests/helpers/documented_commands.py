"""The commands of the documentation: those of its pages and of every --help.

A fenced block of the language `sh` holds commands only, one of `console` commands after `$ ` and
their output, one of `python` code; `json`, `text` and `bibtex` hold nothing that runs. Code within
a line counts if it is a whole command.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
LANGUAGES = {"sh", "console", "python", "json", "text", "bibtex"}
HELPFUL = [
    *(f"python {path.name}" for path in sorted(ROOT.glob("*.py")) if path.stem != "serialization"),
    "python -m computed_people",
]
"""Commands that have a --help."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"([A-Z_]+=\S+ )*(python3?|make|tensorboard|jupyter|pip|export|source) ")
_SPAN = re.compile(r"`([^`]+)`")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of a page's fenced blocks."""
    return [(m[2], textwrap.dedent(m[3])) for m in _FENCE.finditer(page.read_text("utf-8"))]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def commands() -> dict[str, list[str]]:
    """Every distinct command → the pages and scripts that contain it."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for command in page_commands(page):
            found.setdefault(command, []).append(page.name)
    for path in sorted([*ROOT.glob("*.py"), *ROOT.glob("*/__main__.py")]):
        for command in epilog_commands(path):
            found.setdefault(command, []).append(f"{path.parent.name}/{path.name} --help")
    return found


def page_commands(page: Path) -> Iterator[str]:
    """Commands of a page, each after the `export` commands before it in its block."""
    for language, text in blocks(page):
        if language == "sh":
            yield from _lines(text.replace("\\\n", " ").splitlines())
        elif language == "console":
            yield from _lines(line[2:] for line in text.splitlines() if line.startswith("$ "))
    for span in _SPAN.findall(prose(page)):
        command = " ".join(span.split())
        if _COMMAND.match(command):
            yield command


def epilog_commands(path: Path) -> Iterator[str]:
    """Commands among the examples of a script's --help, without their descriptions."""
    strings = (n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if _is_text(n))
    for text in strings:
        if "examples:\n" in text:
            lines = re.findall(r"^  (\S.*)$", text.partition("examples:\n")[2], re.MULTILINE)
            yield from _lines(re.split(r"\s{2,}", line)[0] for line in lines)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _lines(lines) -> Iterator[str]:
    exported: list[str] = []
    for line in lines:
        command = " ".join(re.sub(r"(^|\s)#.*", "", line).split())
        if command.startswith("export "):
            exported.append(command)
        if command:
            yield " && ".join([*exported, command]) if command not in exported else command
