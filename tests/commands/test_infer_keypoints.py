"""The command for one's own film, as a process: what it writes, and what it says of bad input."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from computed_people import example
from gan import GanBuilder
from gan.pack import pack
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.metrics import p_mpjpe
from human_pose_util.evaluate.results_file import exclusively
from human_pose_util.film import open_film
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.skeleton.mapping import keypoint_mapping
from serialization import SHIPPED_GAN
from tests.helpers.commands import run_as_process, run_in_process

pytestmark = pytest.mark.usefixtures("shared_lifters")
ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / SHIPPED_GAN
N = 60


def run_script(workspace: Path, *args, run=run_in_process):
    return run(ROOT / "infer_keypoints.py", args, workspace, {"PYTHONWARNINGS": "ignore"})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with the example's first frames, and someone else beside the walker."""
    workspace = tmp_path_factory.mktemp("film")
    people = json.loads((ROOT / "examples" / "walk.json").read_text())[:N]
    others = []
    for person in people[10:40]:
        keypoints = np.reshape(person["keypoints"], (-1, 3))
        seen = keypoints[:, 2] > 0
        keypoints[seen] += [600, 0, 0]
        others.append(person | {"keypoints": keypoints.ravel().tolist()})
    (workspace / "two.json").write_text(json.dumps(people + others))
    (workspace / "one.json").write_text(json.dumps(people))
    return workspace


@pytest.fixture(scope="module")
def ran(workspace):
    """A run on both people with every kind of output."""
    outputs = ("out.html", "out.png", "out.bvh", "out.npz", "out.csv", "out.glb")
    flags = [f"--{'save' if o[4:] in ('html', 'png') else 'export'}={o}" for o in outputs]
    return run_script(
        workspace, "two.json", "--fps=25", "--size=1920x1080", "--height=1.7", "--lines",
        "--results=results.hdf5", *flags, run=run_as_process,
    )  # fmt: skip


def test_it_says_what_it_found_and_wrote(workspace, ran):
    assert ran.returncode == 0, ran.stderr
    assert "person 0: frames 0 to 59: 60 converged" in ran.stderr
    assert "person 1: frames 10 to 39" in ran.stderr
    assert "1.70 m tall" in ran.stderr
    assert all(line.endswith("; good") for line in ran.stderr.splitlines() if " m tall" in line)
    said = {line.removeprefix("saved ") for line in ran.stderr.splitlines() if "saved " in line}
    files = {f"out.{suffix}" for suffix in ("html", "png", "npz", "csv", "glb")}
    files |= {"out-person0.bvh", "out-person1.bvh"}
    assert said == files - {"out-person1.bvh"} | {
        "out-person1.bvh (from frame 10)", f"{workspace / 'results.hdf5'}, group two",
    }  # fmt: skip
    assert all((workspace / name).stat().st_size > 1000 for name in files)
    assert "Traceback" not in ran.stderr
    assert "I0000" not in ran.stderr  # TensorFlow is quiet


def test_results_hold_poses_and_what_made_them(workspace, ran):
    with h5py.File(workspace / "results.hdf5", "r") as file:
        group = file["two"]
        assert set(group) == {"person0", "person1"}
        made = json.loads(group.attrs["lifting"])
        assert (made["keypoints"], made["size"], made["height"]) == ("coco17", [1920, 1080], 1.7)
        assert group.attrs["gan_id"] == SHIPPED_GAN
        person = group["person1"]
        assert person["p3w"].shape == (30, 24, 3)
        assert person.attrs["first_frame"] == 10
        assert all(np.isfinite(person[name]).all() for name in person)
        p3w = group["person0/p3w"][()]
    truth = example.example()[1][:N]
    shown = keypoint_mapping(S24, COCO_17).observed
    assert p_mpjpe(1000 * p3w[:, shown], truth[:, shown]).mean() < 60


def test_every_output_has_the_same_poses(workspace, ran):
    with h5py.File(workspace / "results.hdf5", "r") as file:
        p3w = file["two/person0/p3w"][()]
    with np.load(workspace / "out.npz", allow_pickle=True) as archive:
        stored = archive["positions_3d"].item()
    np.testing.assert_allclose(next(iter(stored["person0"].values())), p3w, atol=1e-4)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == 90
    knee = [line["joints"]["l_knee"] for line in lines if line["person"] == 0]
    np.testing.assert_allclose(knee, p3w[:, S24.joint_index("l_knee")], atol=1e-3)
    with (workspace / "out.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["person"] == "0"]
    assert len(rows) == N * 24
    x = [float(row["x"]) for row in rows if row["joint"] == "l_knee"]
    np.testing.assert_allclose(x, p3w[:, S24.joint_index("l_knee"), 0], atol=1e-3)
    assert len(read_bvh(workspace / "out-person1.bvh").channels) == 30


def test_results_give_the_same_files_again(workspace, ran):
    flags = ("--export=again.glb", "--save=again.html", "--export=again.csv")
    again = run_script(workspace, "--from-results=two", *flags)
    assert again.returncode == 0, again.stderr
    for suffix in ("glb", "html", "csv"):
        assert (workspace / f"again.{suffix}").read_bytes() == (
            workspace / f"out.{suffix}"
        ).read_bytes()


@pytest.mark.parametrize("script", ["infer_keypoints.py", "vis_sequence.py"])
def test_a_film_of_someone_late_begins_with_the_film(workspace, ran, script):
    """Person 1 is in frames 10 to 39."""
    flags = {
        "infer_keypoints.py": ["--from-results=two", "--person=1"],
        "vis_sequence.py": ["two", "-e=person1", "--results=results.hdf5"],
    }[script]
    late = run_in_process(ROOT / script, [*flags, "--save=late.mp4"], workspace, {})
    assert late.returncode == 0, late.stderr
    assert open_film(workspace / "late.mp4").n_frames == 40


def test_no_output_replaces_what_was_read(workspace, ran):
    """Neither of a lift, nor later, when the results tell from what they were lifted."""
    folder = workspace / "folder"
    folder.mkdir()
    camera, film = folder / "camera.npz", workspace / "film.gif"
    for path in (camera, film):
        path.write_text("read")
    results, picture = folder / "results.npz", folder / "results.png"
    with h5py.File(workspace / "results.hdf5", "r+") as file:
        file.copy("two", "film")
        file["film"].attrs["lifting"] = json.dumps({"detections": str(film)})
    for path in (results, picture):
        shutil.copyfile(workspace / "results.hdf5", path)
    lift, view = ROOT / "infer_keypoints.py", ROOT / "vis_sequence.py"
    for script, args in (
        (lift, ["two.json", f"--camera={camera}", f"--export={camera}"]),
        (lift, [folder, f"--export={camera}"]),
        (lift, ["--from-results=film", f"--save={film}"]),
        (view, ["film", "--results=results.hdf5", f"--save={film}"]),
        (lift, ["two.json", f"--results={results}", f"--export={results}"]),
        (lift, ["two.json", "--results=none.npz", "--export=none.npz"]),
        (lift, ["two.json", "--results=./two.json"]),
        (lift, ["two.json", f"--camera={camera}", f"--results={camera}"]),
        (lift, ["--from-results=film", f"--results={results}", f"--export={results}"]),
        (view, ["film", f"--results={picture}", f"--save={picture}"]),
        (view, ["h3m_best", f"--results={picture}", f"--save={picture}"]),
    ):
        done = run_in_process(script, args, workspace, {})
        assert done.returncode == 2, done.stderr
        assert "is what the command reads" in done.stderr
    assert [path.read_text() for path in (camera, film)] == ["read", "read"]
    for path in (results, picture):
        assert path.read_bytes() == (workspace / "results.hdf5").read_bytes()
    for path in (workspace / "none.npz", workspace / "two.json.lock", folder / "camera.npz.lock"):
        assert not path.exists()


def test_a_detector_is_not_installed_among_other_files(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    command = ["sh", str(ROOT / "detector" / "install.sh"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "holds other files" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_one_person_by_number_and_a_second_run_replaces_its_group(workspace, ran):
    again = run_script(workspace, "two.json", "--person=1", "--quiet")
    assert again.returncode == 0, again.stderr
    assert f"note: group two of {workspace / 'results.hdf5'} is replaced" in again.stderr
    with h5py.File(workspace / "results.hdf5", "r") as file:
        assert set(file["two"]) == {"person1"}


def test_people_who_are_left_out_are_named(workspace):
    """They are seen at one place each, by which alone nobody can be lifted."""
    points = [
        {"image_id": i, "track_id": track, "keypoints": [500.0 + track, 500.0, 1.0] * 17}
        for i in range(24)
        for track in (1, 2)
    ]
    people = json.loads((workspace / "one.json").read_text())[:24]
    walker = [person | {"track_id": 0} for person in people]
    why = "the keypoints show no person: all lie within 1 pixels"
    for name, detections in (("some", points + walker), ("points", points)):
        (workspace / f"{name}.json").write_text(json.dumps(detections))
    done = run_script(workspace, "some.json", "--results=some.hdf5", "--quiet")
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "person" in line and "lie" in line]
    assert said == [f"warning: person {number} is left out: {why}" for number in (0, 1)]
    assert "person 2: frames 0 to 23" in done.stderr
    with h5py.File(workspace / "some.hdf5", "r") as file:
        assert set(file["some"]) == {"person2"}
    done = run_script(workspace, "points.json", "--results=none.hdf5", "--quiet")
    assert done.returncode == 1
    named = "; ".join(f"person {number} cannot be lifted: {why}" for number in (0, 1))
    assert done.stderr.splitlines()[-1] == f"error: {named}"
    assert not (workspace / "none.hdf5").exists()


def test_all_films_of_a_file(workspace):
    """Two films that are lifted, and one that shows nobody between them."""
    people = json.loads((workspace / "one.json").read_text())[:12]
    walk = np.array([np.reshape(person["keypoints"], (-1, 3)) for person in people])[..., :2]
    films = {"a": walk, "b": 0 * walk, "c": walk + 50}
    positions = {name: {"custom": [film]} for name, film in films.items()}
    np.savez(workspace / "three.npz", positions_2d=np.array(positions))
    flags = ("--results=three.hdf5", "--export=poses.csv", "--lines", "--quiet")
    done = run_script(workspace, "three.npz", "--film=all", *flags)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert [line for line in said if line.startswith("film ")] == [
        "film a/custom/0:", "film b/custom/0:", "film c/custom/0:",
    ]  # fmt: skip
    assert any("warning: the film is left out: " in line for line in said)
    assert "saved poses-c_custom_0.csv" in said
    assert not (workspace / "poses-b_custom_0.csv").exists()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["film"] for line in lines] == 12 * ["a_custom_0"] + 12 * ["c_custom_0"]
    with h5py.File(workspace / "three.hdf5", "r") as file:
        assert set(file) == {"three_a_custom_0", "three_c_custom_0"}
    one = run_script(workspace, "three.npz", "--film=c/", *flags)
    assert one.returncode == 0, one.stderr
    assert "group three_c_custom_0 of" in one.stderr  # is replaced
    assert "film" not in json.loads(one.stdout.splitlines()[0])
    assert "saved poses.csv" in one.stderr


def test_what_a_file_and_a_camera_tell(workspace):
    """A walk in a turned image, whose file has its rate, and a camera that is far too high."""
    people = json.loads((workspace / "one.json").read_text())
    walk = np.array([np.reshape(person["keypoints"], (-1, 3)) for person in people[:20]])
    turned = np.stack([1080 - walk[..., 1], walk[..., 0], walk[..., 2]], axis=-1)
    turned[walk[..., 2] == 0] = 0
    np.savez(workspace / "turned.npz", keypoints=turned, fps=25, size=[1080, 1920])
    camera = {"f": [1500, 1500], "r": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "t": [0, 3000, 0]}
    (workspace / "high.json").write_text(json.dumps(camera))
    flags = ("--rotate=270", "--camera=high.json", "--quiet", "--results=turned.hdf5")
    done = run_script(workspace, "turned.npz", *flags)
    assert done.returncode == 0, done.stderr
    assert "note: 25 frames per second, as the file says (--fps)" in done.stderr
    assert "note: the image is turned by 270 degrees, and is 1920x1080 then" in done.stderr
    assert "heads are" not in done.stderr
    assert "warning: with high.json, person 0 is" in done.stderr
    with h5py.File(workspace / "turned.hdf5", "r") as file:
        assert file["turned/person0"].attrs["fps"] == 25
    # Without the flag, the image is turned as people walk in it, unless it is to stay.
    found = run_script(workspace, "turned.npz", "--quiet", "--results=turned.hdf5")
    assert "note: lifted as with --rotate 270, because people walk" in found.stderr
    stays = run_script(workspace, "turned.npz", "--rotate=0", "--quiet", "--results=turned.hdf5")
    assert "lifted as with" not in stays.stderr
    assert "most people's heads are to the right of their feet" in stays.stderr


@pytest.mark.parametrize(
    "args, status, words",
    [
        (["none.json"], 1, "there is no file"),
        (["empty.json"], 1, "is empty"),
        (["nobody.json"], 1, "no person in any frame"),
        (["list.json"], 1, "none of the formats"),
        (["one.json", "--skeleton=body25"], 2, "17 keypoints, but --skeleton body25 has 25"),
        (["one.json", "--format=openpose"], 1, "not of the format openpose"),
        (["one.json", "--format=opnpose"], 2, "did you mean 'openpose'?"),
        (["one.json", "--person=3"], 2, "there is person 0 only"),
        (["one.json", "--size=big"], 2, "expected WxH"),
        (["one.json", "--fps=0"], 2, "expected a positive number"),
        (["one.json", "--fps=1e6"], 2, "frames per second, at most 2000"),
        (["none.mp4", "--fps=1e6"], 2, "frames per second, at most 2000"),
        (["one.json", "--save=out.doc"], 2, ".html, .mp4, .gif or .png"),
        (["one.json", "--export=out.fbx"], 2, ".npz, .csv, .glb, .trc, .c3d or .bvh"),
        (["one.json", "--camera=camera.json"], 2, "unknown key 'focal'"),
        (["one.json", "--gan=cmux"], 2, "did you mean 'cmu'?"),
        (["one.json", "--gan=h3m_small", "--models_dir=."], 1, "has no checkpoint"),
        (["one.json", "--gan=h3m_small", "--models_dir=."], 1, "folder of models as --models_dir"),
        (["points.json"], 1, "fewer than 3 joints"),
        (["one.json", "--results=run.hdf5"], 2, "choose another name with --id"),
        (["one.json", "--id=a/b"], 2, "letters, digits"),
        (["one.json", "--results=run.hdf5", "--id=film"], 2, "-o replaces it"),
        ([], 2, "or --from-results"),
        (["--from-results="], 2, "or --from-results"),
        (["results.hdf5"], 2, "--from-results NAME shows a film in it"),
        ([""], 2, "argument detections: the name is empty"),
        (["one.json", "--id="], 2, "argument --id: the name is empty"),
        (["one.json", "--from-results=film"], 2, "has no effect"),
        (["--from-results=film", "--size=10x10"], 2, "--size has no effect"),
        (["--from-results=film"], 2, "needs --export, --save or --lines"),
        (["one.json", "--height=17"], 2, "expected the height of a person"),
        (["one.json", "--height=170"], 2, "170 cm are 1.7"),
        (["walk.bvh"], 1, "the suffix is that of a file of 3D motion"),
        (["--from-results=film", "--lines"], 1, "no results yet for 'film'"),
        (["one.json", "--rotate=45"], 2, "choose from 0, 90, 180, 270"),
        (["films.npz"], 1, "choose one with --film NAME, or --film all"),
        (["films.npz", "--film=other"], 2, "no film 'other': it has 'a/custom/0', 'b/custom/0'"),
        (["films.npz", "--film=custom"], 2, "several films 'custom': it has 'a/custom/0'"),
        (["one.json", "--film=other"], 2, "one film without a name: leave --film out"),
        (["one.json", "--camera=none.json"], 1, "there is no file none.json"),
        (["shares.npy"], 1, "give its size (--size WxH)"),
    ],
)
def test_bad_input_is_one_line(args, status, words, workspace):
    (workspace / "empty.json").write_text("")
    (workspace / "nobody.json").write_text("[]")
    (workspace / "list.json").write_text('["a", 1]')
    (workspace / "walk.bvh").write_text("HIERARCHY")
    (workspace / "camera.json").write_text('{"focal": 1000}')
    with h5py.File(workspace / "run.hdf5", "w") as file:
        file.create_group("one")  # an inference run's
        file.create_group("film").attrs["lifting"] = '{"detections": "/other/film.json"}'
    two = [0.0] * 33 + [500.0, 300.0, 1.0, 500.0, 400.0, 1.0] + [0.0] * 12
    (workspace / "points.json").write_text(json.dumps([{"image_id": 0, "keypoints": two}]))
    film = {"custom": [np.ones((3, 17, 2))]}
    np.savez(workspace / "films.npz", positions_2d=np.array({"a": film, "b": film}))
    np.save(workspace / "shares.npy", np.full((3, 17, 2), 0.5))
    done = run_script(workspace, "--results=bad.hdf5", *args, "--quiet")
    assert done.returncode == status, done.stderr
    errors = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("error: ")
    assert words in errors[0]
    assert not (workspace / "bad.hdf5").exists()


@pytest.mark.parametrize("package, suffix", [("pygltflib", ".glb"), ("c3d", ".c3d")])
def test_a_missing_package_is_an_error_before_the_film_is_lifted(
    package, suffix, workspace, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    flags = (f"--export=out{suffix}", "--results=unwritten.hdf5")
    done = run_script(workspace, "one.json", "--fps=25", *flags)
    assert done.returncode == 1
    assert f"out{suffix} needs the package {package}: pip install" in done.stderr
    assert not (workspace / "unwritten.hdf5").exists()


def test_results_that_another_process_writes_are_an_error_before_the_film_is_lifted(workspace):
    with exclusively(workspace / "busy.hdf5"):
        done = run_script(workspace, "two.json", "--fps=25", "--results=busy.hdf5")
    assert done.returncode == 1
    assert "another process is writing to this file" in done.stderr
    assert "person 0" not in done.stdout + done.stderr


def test_the_shipped_example_is_the_one_that_is_written(tmp_path):
    example.write_example(tmp_path / "walk.json")
    written = json.loads((tmp_path / "walk.json").read_text())
    shipped = json.loads((ROOT / "examples" / "walk.json").read_text())
    assert len(written) == len(shipped)
    for a, b in zip(written, shipped, strict=True):
        np.testing.assert_allclose(a["keypoints"], b["keypoints"], atol=0.02)


def test_the_shipped_model_is_small_and_what_packing_makes(tmp_path):
    files = [path for path in MODEL.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    gan = GanBuilder(SHIPPED_GAN)
    packed = pack(gan, tmp_path / SHIPPED_GAN)
    assert len(packed) == 2
    again = GanBuilder(SHIPPED_GAN, None, tmp_path)
    np.testing.assert_array_equal(again.sample(4), gan.sample(4))
    assert again.proposal_network is not None
    with pytest.raises(SpecError, match="own folder"):
        pack(again, tmp_path / SHIPPED_GAN)
