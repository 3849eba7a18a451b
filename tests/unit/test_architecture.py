"""Which module may import which, and that an import does nothing but define names."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.commands import run_as_process

ROOT = Path(__file__).parents[2]
PACKAGES = ("human_pose_util", "gan", "inference", "lifting", "gan_evaluation", "command_line",
            "computed_people")  # fmt: skip
SCRIPTS = {path.stem for path in ROOT.glob("*.py")} - {"serialization"}
PRODUCT = sorted(
    [*ROOT.glob("*.py"), *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]
)
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in PRODUCT
    if path.stem != "__main__" and path.parent != ROOT
] + ["serialization"]


def imported_modules(path: Path) -> Iterator[str]:
    """The absolute names in all import statements of a file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: line {node.lineno}: a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path)}


def run_python(code: str) -> str:
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_serialization_knows_no_package_that_computes():
    own = imported_packages(ROOT / "serialization.py") & {*PACKAGES, *SCRIPTS}
    assert own == {"human_pose_util"}


def test_only_what_is_above_serialization_imports_it():
    """The layers of import-linter hold packages only, so this one module is checked here."""
    below = [path for path in PRODUCT if path.is_relative_to(ROOT / "human_pose_util")]
    assert [p for p in below if "serialization" in imported_packages(p)] == []


@pytest.mark.parametrize("folder", [*PACKAGES, "bench", "examples", "."])
def test_nothing_imports_a_script(folder):
    files = (ROOT / folder).glob("*.py" if folder == "." else "**/*.py")
    importing = {str(path.relative_to(ROOT)): imported_packages(path) & SCRIPTS for path in files}
    assert {name: scripts for name, scripts in importing.items() if scripts} == {}


def test_messages_of_the_lowest_package_name_no_flag():
    """They name arguments, which the command line writes as flags (`command_line.hints`)."""
    texts = {
        node.value: path.name
        for path in (ROOT / "human_pose_util").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    flag = re.compile(r"(?<!\w)--[a-z]{3,}")
    assert {text: name for text, name in texts.items() if flag.search(text)} == {}


def test_contracts_of_import_linter():
    pytest.importorskip("importlinter")
    lint_imports = Path(sys.executable).with_name("lint-imports")
    process = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout


def test_only_what_computes_imports_tensorflow():
    """Parameters, data, reports and pictures start without it, and so does every script."""
    without = ("human_pose_util", "command_line", "computed_people")
    light = [name for name in MODULES if name.split(".")[0] in without]
    assert "human_pose_util.dataset.normalize" in light
    light += [*PACKAGES, *sorted(SCRIPTS), "serialization"]
    run_python(
        f"import sys\nfor name in {light!r}: __import__(name)\n"
        "assert not {'tensorflow', 'distributed'} & set(sys.modules)"
    )


def test_command_line_starts_with_the_standard_library_alone():
    """So a script reaches `run`, which deals with Ctrl-C, in some milliseconds."""
    names = [f"command_line.{name}" for name in ("locations", "scheduler_flags", "argument_types")]
    loaded = run_python(
        f"import sys\nbefore = set(sys.modules)\nfor name in {names!r}: __import__(name)\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    assert set(loaded.split()) <= sys.stdlib_module_names | {"command_line", "human_pose_util"}


def test_what_computes_leaves_tensorflow_as_it_is():
    """Its options, and threads, are those of the process: a command chooses them at its start."""
    modules = [name for name in MODULES if name.split(".")[0] in ("gan", "inference")]
    run_python(
        "import threading, tensorflow as tf\n"
        "state = lambda: (tf.config.optimizer.get_experimental_options(), threading.enumerate())\n"
        f"before = state()\nfor name in {modules!r}: __import__(name)\nassert state() == before\n"
        "from command_line.tensorflow_start import import_tensorflow\nimport_tensorflow()\n"
        "assert state()[0]['disable_meta_optimizer']"
    )


PRINT_CHANGES = """
import importlib, os, signal, sys, warnings

def handlers():
    return {{n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}}

before = dict(os.environ), list(sys.path), handlers(), list(warnings.filters)
for name in {modules!r}:
    importlib.import_module(name)
# Other libraries do change the environment. They stay imported, and their changes are undone.
os.environ.clear()
os.environ.update(before[0])
sys.path[:] = before[1]
for number, handler in before[2].items():
    signal.signal(number, handler)
warnings.filters[:] = before[3]
for name in list(sys.modules):
    if name.split(".")[0] in {packages!r}:
        del sys.modules[name]
for name in {modules!r}:
    importlib.import_module(name)
    after = dict(os.environ), list(sys.path), handlers(), list(warnings.filters)
    if after != before:
        print(name)
        break
"""


@pytest.mark.slow
def test_no_import_changes_signal_handlers_environment_path_or_warnings(tmp_path):
    script = tmp_path / "script.py"
    packages = {*PACKAGES, "serialization"}
    script.write_text(PRINT_CHANGES.format(modules=MODULES, packages=packages))
    process = run_as_process(script, [], ROOT, {"PYTHONWARNINGS": "ignore"})
    assert (process.returncode, process.stdout) == (0, ""), process.stderr
