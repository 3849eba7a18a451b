"""Pages of the documentation: their links resolve, and they name every key and flag."""

import json
import re

import pytest

from gan.params import GanParams
from gan.proposal_params import ProposalParams, TemporalProposalParams
from human_pose_util.dataset.mocap.spec import MocapSpec
from human_pose_util.dataset.spec import DatasetSpec, FilterKwargs, NormalizeKwargs
from inference.model.camera_knowledge import CameraKnowledge
from inference.params import InferenceParams
from lifting.input.film_camera import FilmCamera
from tests.helpers.commands import run_in_process
from tests.helpers.documented_commands import (
    HELPFUL,
    LANGUAGES,
    PAGES,
    ROOT,
    blocks,
    commands,
    prose,
)

OTHERS = ("CONTRIBUTING.md", "CHANGELOG.md", "models/cmu/README.md")
ALL_PAGES = [*PAGES, *(ROOT / name for name in OTHERS)]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
PARAMETERS = (GanParams, ProposalParams, TemporalProposalParams, InferenceParams, CameraKnowledge,
              DatasetSpec, FilterKwargs, NormalizeKwargs, MocapSpec)  # fmt: skip
FILES = (DatasetSpec, MocapSpec, FilmCamera, GanParams, InferenceParams)
STANDARD_FLAGS = ("--help", "--version")  # of every command; the README names them
IDS = {
    "gan_params": "train|evaluate_gan|gan_generator_vis",
    "inference_params": r"generate_inferences|(?:\w+_)?report|vis_sequence",
}


def anchors(page) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_lines_have_at_most_100_columns(page):
    """Rows of tables cannot be broken, and links need not be."""
    lines = [
        line for line in prose(page).splitlines() if not re.search(r"^ *\||\]\(|https?:", line)
    ]
    assert [line for line in lines if len(line) > 100] == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_links_resolve(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_say_what_they_are(page):
    for language, text in blocks(page):
        assert language in LANGUAGES, text
        if language == "json":
            assert any(is_valid(model, text) for model in FILES), text
    assert "```" not in prose(page)


def is_valid(model, text: str) -> bool:
    try:
        model.model_validate_json(text)
        return True
    except ValueError:
        return False


def test_every_page_is_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [p.name for p in PAGES[1:] if f"(docs/{p.name})" not in readme] == []


@pytest.mark.parametrize("model", PARAMETERS, ids=lambda model: model.__name__)
def test_every_key_is_documented(model):
    assert [key for key in model.model_fields if not re.search(rf'[`"]{key}[`"]', TEXT)] == []


@pytest.mark.parametrize("model, begin", [(GanParams, "gan"), (InferenceParams, "inference")])
def test_defaults_in_the_readme_are_those_of_the_keys(model, begin):
    """The sign "–" is for a key without a default, or with one that other keys decide."""
    table = (ROOT / "README.md").read_text("utf-8").split(f"In `{begin}_params/*.json`")[1]
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", table.split("\n\n")[1], re.MULTILINE)
    assert len(rows) > 10
    for keys, default in rows:
        keys, shown = re.findall(r"`(\w+)`", keys), re.findall(r"`(.*?)`", default)
        for key, value in zip(keys, shown, strict=default not in ("–", "off", "all known")):
            field = model.model_fields[key]
            assert json.loads(value) == json.loads(json.dumps(field.default)), key


@pytest.mark.parametrize("folder", IDS)
def test_ids_in_commands_exist(folder):
    found = {m for c in commands() for m in re.findall(rf"(?:{IDS[folder]})\.py (\w\S*)", c)}
    assert "h3m_big" in found
    known = {path.stem for path in (ROOT / folder).glob("*.json")}
    assert found - known <= {"GAN_ID", "INFERENCE_ID", "walk"}  # the last one is a film


@pytest.mark.parametrize("command", HELPFUL)
def test_every_flag_is_documented(command):
    name = command.split()[-1]
    script = ROOT / (name if name.endswith(".py") else f"{name}/__main__.py")
    done = run_in_process(script, ["--help"], ROOT, {})
    assert done.returncode == 0, done.stderr
    flags = re.findall(r"^\s+(?:(-\w)(?: \w+)?, )?(--\w[\w-]*)", done.stdout, re.MULTILINE)
    spelt = {
        long: [rf"{long}\b", rf"[` ]{short}\b"]
        for short, long in flags
        if long not in STANDARD_FLAGS
    }
    found = {long for long, ways in spelt.items() if any(re.search(way, TEXT) for way in ways)}
    assert sorted(set(spelt) - found) == []
