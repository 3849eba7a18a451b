"""pyproject.toml, the lists of requirements and the files beside them agree with each other."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from command_line.dask_cluster import cluster
from human_pose_util.dataset.eva.markers import _read_c3d
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.errors import PoseError
from human_pose_util.extras import PROJECT, install_command
from human_pose_util.version import __version__
from human_pose_util.vis.gl.compat import import_glumpy

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


def requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def test_requirements_are_the_dependencies_and_the_extras_of_the_commands():
    extras = [each for name in ("h3m", "eva", "export", "cluster", "gl") for each in EXTRAS[name]]
    assert requirements("requirements.txt") == {*PYPROJECT["project"]["dependencies"], *extras}


@pytest.mark.parametrize("extra", ["dev", "notebook"])
def test_other_lists_are_extras(extra):
    assert requirements(f"requirements-{extra}.txt") == set(EXTRAS[extra])


def test_every_dependency_has_bounds():
    everything = [PYPROJECT["project"]["dependencies"], *EXTRAS.values()]
    for requirement in (each for group in everything for each in group):
        assert re.fullmatch(r"[\w-]+(>=[\d.]+,<[\d.]+|==[\d.]+)", requirement), requirement


def test_messages_name_extras_that_exist():
    assert PYPROJECT["project"]["name"] == PROJECT
    sources = [path.read_text() for path in ROOT.rglob("*.py") if ".venv" not in path.parts]
    named = {name for text in sources for name in re.findall(r"install_command\(['\"](\w+)", text)}
    assert named == {"h3m", "eva", "export", "cluster", "gl"} <= set(EXTRAS)
    assert install_command("gl") == f'pip install "{PROJECT}[gl]"'


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("dask", "cluster", lambda path: cluster(str, "tcp://127.0.0.1:9").__enter__()),
        ("spacepy", "h3m", lambda path: load_pycdf.__wrapped__()),
        ("c3d", "eva", lambda path: _read_c3d(path)),
        ("glumpy", "gl", lambda path: import_glumpy()),
    ],
)
def test_a_missing_package_is_an_error_that_names_its_extra(
    package, extra, use, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PoseError, match=re.escape(install_command(extra))):
        use(tmp_path / "file")


def test_the_wheel_has_every_package_and_what_serialization_finds_beside_itself():
    included = set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    tooling = {"tests", "examples", "bench"}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - tooling
    assert packages | {"serialization.py", "gan_params", "inference_params"} <= included
    assert all((ROOT / name).exists() for name in included)


def test_every_text_has_one_version():
    version = __version__
    assert re.search(rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(), re.M)
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M)
