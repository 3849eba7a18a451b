"""The notebook in a fresh kernel, on a small trained GAN, and the explorer that it shows."""

import io
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from gan import GanBuilder
from gan.latent import latent_importance
from gan.training import train
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.skeleton import S24
from human_pose_util.vis.notebook import N_SHOWN, REACH, Explorer, blend
from tests.helpers import walking_figure as walker

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "interactive_gan_generator_vis.ipynb"
N_Z = 12
MOVE = """
before = explorer.picture.value
explorer.sliders[0].value += 1
assert explorer.picture.value != before
print(explorer.pose.shape)
"""


@pytest.fixture(scope="module")
def gan(tmp_path_factory):
    """A GAN of walks, trained for a few steps."""
    root = tmp_path_factory.mktemp("gan")
    params = {
        "dataset": {"type": "walks", "normalize_kwargs": {"space_scale": 1000}},
        "n_z": N_Z, "n_g": [16], "n_c": [16], "batch_size": 16, "n_critic_steps": 1,
    }  # fmt: skip
    (root / "walker.json").write_text(json.dumps(params))
    attrs = {"subject_id": "s", "sequence_id": "a", "camera_id": "c", "mode": "train", "fps": 10.0}
    walk = PoseSequence({"p3w": walker.walk()}, {**attrs, "n_frames": 30})
    builder = GanBuilder("walker", root, root / "models")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_loaders", "_datasets"):
            patch.setattr(register, name, dict(getattr(register, name)))
        register.register_dataset("walks", lambda: Dataset({"s/a/c": walk}, {"skeleton_id": "s24"}))
        train(builder, 20, jit=False, progress=False)
    return builder


@pytest.fixture
def explorer(gan):
    return Explorer(gan.generator, gan.critic, S24, latent_importance(gan.generator))


def drawn(explorer):
    """[height, width, 3] what the picture shows."""
    with Image.open(io.BytesIO(explorer.picture.value)) as image:
        return np.array(image.convert("RGB"))


def descriptions(widget):
    return [child.description.split(" ")[0] for child in widget.children]


@pytest.mark.slow
def test_the_notebook_runs(gan, tmp_path, monkeypatch):
    for name, value in (
        ("GAN_ID", gan.gan_id),
        ("GAN_PARAMS_DIR", gan.model_dir.parents[1]),
        ("MODELS_DIR", gan.model_dir.parent),
        ("JUPYTER_RUNTIME_DIR", tmp_path),
        ("IPYTHONDIR", tmp_path),
    ):
        monkeypatch.setenv(name, str(value))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MOVE))
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=120, resources=where).execute()
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert outputs["choose"] == []
    assert outputs["load"][0].text == "walker after 20 steps: 12 latent dimensions, 24 joints\n"
    assert "image/png" in outputs["random-poses"][0].data
    assert "application/vnd.jupyter.widget-view+json" in outputs["explore"][0].data
    assert outputs[notebook.cells[-1].id][0].text == "(24, 3)\n"
    assert max(map(len, outputs.values())) == 1


def test_the_notebook_is_committed_with_one_picture_and_no_noise():
    assert NOTEBOOK.stat().st_size < 300_000
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count is None for cell in code)
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    (output,) = (output for cell in code for output in cell.outputs)
    assert set(output.data) == {"image/png", "text/plain"}


def test_a_slider_moves_the_pose(explorer, gan):
    before, pose, score = drawn(explorer), explorer.pose, explorer.score
    explorer.sliders[3].value += 1.5
    assert np.any(drawn(explorer) != before)
    assert not np.allclose(explorer.pose, pose, atol=1e-4)
    assert explorer.score != score
    np.testing.assert_allclose(explorer.pose, gan.generator(explorer.z[None])[0], rtol=1e-6)
    assert explorer.score == pytest.approx(float(gan.critic(explorer.pose[None])[0]), rel=1e-4)
    assert f"{explorer.score:.4g}" in explorer.widget.children[0].children[1].value


def test_the_most_telling_sliders_come_first(explorer, gan):
    controls = explorer.widget.children[1].children
    shown, accordion = controls[3:-1], controls[-1]
    (rest,) = accordion.children
    assert len(shown) == N_SHOWN
    assert accordion.selected_index is None
    assert accordion.titles == (f"{N_Z - N_SHOWN} more",)
    order = [explorer.sliders.index(slider) for slider in (*shown, *rest.children)]
    importance = latent_importance(gan.generator)
    assert sorted(order) == list(range(N_Z))
    assert np.all(np.diff(importance[order]) <= 0)
    assert descriptions(rest) == [f"z{k}" for k in order[N_SHOWN:]]


def test_few_dimensions_need_no_accordion(gan):
    generator = gan.generator

    def with_three(z):
        return generator(np.pad(z, [(0, 0), (0, N_Z - 3)]))

    few = Explorer(with_three, gan.critic, S24, [0.1, 0.3, 0.2])
    assert [s.description for s in few.widget.children[1].children[3:]] == [
        "z1 · 0.300", "z2 · 0.200", "z0 · 0.100",
    ]  # fmt: skip


def test_the_eye_turns_and_the_pose_stays(explorer):
    before, pose = drawn(explorer), explorer.pose
    explorer.turn.value += 90
    assert np.any(drawn(explorer) != before)
    np.testing.assert_array_equal(explorer.pose, pose)


def test_buttons(explorer):
    random, middle, keep_a, keep_b = explorer.widget.children[1].children[0].children
    first = explorer.z
    random.click()
    second = explorer.z
    assert np.any(first != second)
    assert np.abs(second).max() <= REACH
    keep_b.click()
    np.testing.assert_array_equal(explorer.z, second)
    assert explorer.mix.value == 100
    middle.click()
    np.testing.assert_array_equal(explorer.z, np.zeros(N_Z))
    keep_a.click()
    explorer.mix.value = 100
    np.testing.assert_allclose(explorer.z, second, atol=1e-6)


def test_from_a_to_b(explorer):
    a = explorer.z
    ways = []
    for percent in (25, 50, 75, 100):
        explorer.mix.value = percent
        ways.append(np.linalg.norm(explorer.z - a))
    assert np.all(np.diff(ways) > 0)
    explorer.mix.value = 0
    np.testing.assert_allclose(explorer.z, a, atol=1e-6)


def test_a_blend_of_samples_is_a_sample():
    a, b = np.random.default_rng(0).standard_normal((2, 100_000))
    for fraction in (0, 0.3, 0.5, 1):
        assert np.std(blend(a, b, fraction)) == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(blend(a, b, 0), a)
    np.testing.assert_allclose(blend(a, b, 1), b, atol=1e-12)


def test_sliders_follow_z(explorer):
    z = np.linspace(-2, 2, N_Z)
    explorer.z = z
    assert [slider.value for slider in explorer.sliders] == z.tolist()
    np.testing.assert_allclose(explorer.z, z, rtol=1e-6)


def test_explorers_of_one_seed_agree(gan):
    importance = latent_importance(gan.generator)
    one, same, other = (
        Explorer(gan.generator, gan.critic, S24, importance, seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.z, same.z)
    assert one.picture.value == same.picture.value
    assert np.any(one.z != other.z)
