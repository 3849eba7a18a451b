"""Films in results.hdf5: read again, in one scene, and which groups may be replaced."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S24
from human_pose_util.vis import html, sequence_sheet
from lifting.film.groups import FilmGroups
from lifting.film.results import film_settings, inference_params, read_film
from lifting.film.scene import film_scene
from tests.helpers import film_files

ROOT = Path(__file__).resolve().parents[2]
WRIST = 5


@pytest.fixture
def results(tmp_path):
    film_files.write_film(tmp_path / "results.hdf5")
    return tmp_path / "results.hdf5"


def test_people_are_as_they_were_written(results):
    people = read_film(results, "film")
    assert [person.track.person for person in people] == [0, 1]
    for number, person in enumerate(people):
        track = person.track
        np.testing.assert_allclose(track.p3w, film_files.poses(number), atol=1e-3)
        assert (track.fps, track.first_frame) == (film_files.FPS, film_files.FIRST[number])
        assert np.argwhere(track.extrapolated_mask).tolist() == [[3, WRIST]]
        assert np.flatnonzero(track.doubtful_mask).tolist() == [2]
        np.testing.assert_allclose(track.std, film_files.deviations(number), rtol=1e-5)
        assert np.argwhere(np.isnan(person.p2[..., 0])).tolist() == [[3, WRIST]]
    assert people[1].verdict == "good"


def test_a_film_is_no_inference_on_a_data_set(results, tmp_path):
    with pytest.raises(SpecError, match=r"'film' is a film of .*results.hdf5, whose true poses"):
        inference_params("film", tmp_path, results)
    with pytest.raises(SpecError, match="no inference 'other'"):
        inference_params("other", tmp_path, results)
    presets = ROOT / "inference_params"
    assert inference_params("h3m_best", presets, results).gan_id == "h3m_best"


@pytest.mark.parametrize("moves", [False, True])
def test_people_stand_together_in_one_scene(moves, tmp_path):
    film_files.write_film(tmp_path / "results.hdf5", moves=moves)
    scene = film_scene(read_film(tmp_path / "results.hdf5", "film"), "film")
    first, second = np.split(scene.p3w, 2, axis=1)
    np.testing.assert_allclose(first, film_files.poses(0), atol=1e-3)
    np.testing.assert_allclose(second[10:30], film_files.poses(1), atol=1e-3)
    assert np.isnan(second[:10]).all()
    assert np.isnan(second[30:]).all()
    np.testing.assert_allclose(scene.std[10:30, 24:], film_files.deviations(1), rtol=1e-5)
    assert np.isnan(scene.std[:10, 24:]).all()
    assert list(scene.doubt) == ["person 0", "person 1"]
    for doubt, frame in zip(scene.doubt.values(), (2, 12), strict=True):
        assert np.flatnonzero(doubt == 1).tolist() == [frame]
    np.testing.assert_array_equal(np.isnan(scene.doubt["person 1"]), np.isnan(second[:, 0, 0]))
    assert scene.skeleton.sides == 2 * S24.sides
    np.testing.assert_array_equal(scene.skeleton.bones[-23:], S24.bones + 24)
    seen = np.isfinite(scene.p2)
    np.testing.assert_allclose(scene.projected_p2[seen], scene.p2[seen], atol=0.01)
    eye = film_files.camera()
    np.testing.assert_allclose(scene.camera.position, eye.position, atol=1e-2)
    assert scene.camera.size == (1024, 1024)


def test_the_scene_has_the_camera_of_each_frame(results):
    """The second person is filmed by another camera, and nobody is seen for five frames."""
    first, second = read_film(results, "film")
    second = replace(
        second,
        track=replace(second.track, first_frame=45),
        camera=replace(second.camera, t=second.camera.t + [0, 0, 500]),
    )
    position = film_scene([second, first], "film").camera.position
    np.testing.assert_allclose(position[:45], np.tile(first.camera.position, (45, 1)))
    np.testing.assert_allclose(position[45:], np.tile(second.camera.position, (20, 1)))


def test_a_scene_may_begin_with_the_first_frame_of_the_film(results):
    [late] = read_film(results, "film", 1)
    scene = film_scene([late], "film", from_start=True)
    assert (scene.first_frame, scene.n_frames) == (0, 30)
    assert np.isnan(scene.p3w[:10]).all()
    np.testing.assert_array_equal(scene.p3w[10:], late.track.p3w)
    assert scene.caption(10) == "0.40 s   ·   frame 10 / 29"
    assert film_scene([late], "film").first_frame == 10
    moving = replace(late, camera=late.camera.over_frames(20))
    moving.camera.t[1:] += 1
    each = film_scene([moving], "film", from_start=True).camera
    np.testing.assert_array_equal(each.t[:11], np.tile(moving.camera.t[0], (11, 1)))
    np.testing.assert_array_equal(each.t[11:], moving.camera.t[1:])


def test_a_film_of_an_older_version_has_no_standard_deviations(results):
    with h5py.File(results, "a") as file:
        for person in file["film"].values():
            del person["std"]
    people = read_film(results, "film")
    assert [person.track.std for person in people] == [None, None]
    assert film_scene(people, "film").std is None


def test_title_names_the_people_whose_poses_are_not_good(results):
    people = read_film(results, "film")
    assert film_scene(people, "film").title == "film · 2 people · person 0: bad: all of it"
    assert film_scene(people[1:], "film").title == "film · person 1 · good"
    assert film_scene([people[1]] * 2, "film").title == "film · 2 people · good"


def test_all_people_are_in_one_page_and_one_sheet(results):
    scene = film_scene(read_film(results, "film"), "film")
    assert f'"n_joints": {2 * S24.n_joints}' in html.page(scene)
    figure = sequence_sheet.sequence_sheet(scene, 6)
    assert figure.get_figwidth() * figure.dpi == 6 * sequence_sheet.COLUMN
    assert [ax.name for ax in figure.axes].count("3d") == 3  # of twice the width


@pytest.mark.parametrize("person", [1, "person1"])
def test_one_person_by_number_or_key(results, person):
    [only] = read_film(results, "film", person)
    assert only.track.person == 1


def test_what_is_missing_is_said(results):
    with pytest.raises(SpecError, match="'person1' is a person of the film 'film'"):
        read_film(results, "film/person1")
    with pytest.raises(SpecError, match="no 'person2': it has person0, person1"):
        read_film(results, "film", 2)
    with pytest.raises(DataError, match="it has: film"):
        read_film(results, "walk")
    with h5py.File(results, "a") as file:
        file.create_group("run/S9")
        file.create_group("empty").attrs["lifting"] = "{}"
    with pytest.raises(SpecError, match="inference run"):
        read_film(results, "run")
    with pytest.raises(DataError, match="no person"):
        read_film(results, "empty")


def damaged(name):
    def change(group):
        del group[name]

    return change


@pytest.mark.parametrize(
    "change, words",
    [
        (damaged("p2"), "p2"),
        (damaged("extrapolated"), "extrapolated"),
        (lambda group: group.attrs.__delitem__("fps"), "fps"),
        (lambda group: group.attrs.__setitem__("space_scale", "much"), "much"),
        (lambda group: group["p3w"].write_direct(np.full((20, 24, 3), np.nan, "f4")), "not finite"),
    ],
)
def test_a_damaged_group_is_an_error(results, change, words):
    with h5py.File(results, "a") as file:
        change(file["film/person1"])
    with pytest.raises(DataError, match=words):
        read_film(results, "film")


def test_settings_tell_films_from_inference_runs(results, tmp_path):
    assert film_settings(results, "film")["size"] == [1024, 1024]
    assert film_settings(results, "other") is None
    assert film_settings(tmp_path / "none.hdf5", "film") is None
    with h5py.File(results, "a") as file:
        file.create_group("run")
        file.create_group("odd").attrs["lifting"] = "{"
    assert film_settings(results, "run") is None
    with pytest.raises(DataError, match="'odd' has no readable"):
        film_settings(results, "odd")


def test_a_group_is_replaced_by_the_same_detections_or_on_demand(results, tmp_path):
    same, other = tmp_path / "film.json", tmp_path / "other" / "film.json"
    assert FilmGroups(results, other, "new").check() is None
    assert "group film of" in FilmGroups(results, same).check()
    for kept in (FilmGroups(results, other), FilmGroups(results, same)):
        with pytest.raises(SpecError, match=r"film\.json: -o replaces it, or --id"):
            kept.check(film="" if kept.detections == other else "second")
    assert "replaced" in FilmGroups(results, other, overwrite=True).check()
    with h5py.File(results, "a") as file:
        file.create_group("run")
    for overwrite in (False, True):
        with pytest.raises(SpecError, match="inference run 'run'"):
            FilmGroups(results, same, "run", overwrite).check()


def test_a_group_is_named_after_its_detections_and_film(tmp_path):
    folder = tmp_path / "Läuft 2"
    assert FilmGroups(tmp_path, folder / "walk-1.json").name() == "walk_1"
    assert FilmGroups(tmp_path, folder / "walk.mp4").name("b_0") == "walk_b_0"
    assert FilmGroups(tmp_path, folder, "mine").name("b") == "mine_b"
    assert FilmGroups(tmp_path, tmp_path / "бег и 走る.json").name("2") == "бег_и_走る_2"
    assert FilmGroups(tmp_path, tmp_path / "….json").name() == "keypoints"
    with pytest.raises(SpecError, match="group id 'a/b'"):
        FilmGroups(tmp_path, folder, "a/b").name()


SHOW = """
import os, runpy, sys
sys.modules["tensorflow"] = None  # an import fails
script, *sys.argv[1:] = sys.argv[1:]
sys.path[0] = os.path.dirname(script)
runpy.run_path(script, run_name="__main__")
"""


@pytest.mark.parametrize(
    "script, arguments",
    [
        ("infer_keypoints.py", ["--from-results=film", "--export=out.glb", "--export=out.bvh"]),
        ("vis_sequence.py", ["film", "--save=out.html"]),
    ],
)
def test_a_film_is_shown_again_without_tensorflow(results, script, arguments):
    command = [sys.executable, "-c", SHOW, ROOT / script, *arguments]
    done = subprocess.run(command, cwd=results.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = {path.name for path in results.parent.glob("out*")}
    assert written in ({"out.glb", "out-person0.bvh", "out-person1.bvh"}, {"out.html"})
