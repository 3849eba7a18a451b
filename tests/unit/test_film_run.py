"""What the lift of a film tells the user."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Detections, Person
from human_pose_util.skeleton import COCO_17
from lifting.film.groups import FilmGroups
from lifting.film.notes import notes_on_people
from lifting.film.run import FilmRun, LiftedFilm
from lifting.input.keypoint_input import Film
from tests.helpers.keypoint_walk import FPS, sure, walk
from tests.helpers.lifted_walker import walker


def notes_of(people, fps, tmp_path, size=(1920, 1080)):
    """The messages about a film of people [n_people, n_frames, 17, 3], up to its lift."""

    def lifter():
        raise DataError("the lift begins")

    notes = []
    n = people.shape[1]
    frames, keypoints = np.tile(np.arange(n), len(people)), people.reshape(-1, 17, 3)
    detections = Detections(frames, keypoints, n, skeleton=COCO_17, size=size)
    groups = FilmGroups(tmp_path / "results.hdf5", tmp_path / "film.json")
    run = FilmRun(groups, lifter, notes.append, None, fps, None, None, False, 0)
    with pytest.raises(DataError, match="the lift begins"):
        list(run.lift({"film": detections}))
    return " ".join(notes)


def test_of_several_films_one_that_cannot_be_stored_is_an_error(tmp_path, monkeypatch):
    """It is not left out, as a film is in which nobody can be lifted."""

    def full(*_):
        raise DataError("results.hdf5: no space is left")

    monkeypatch.setattr("lifting.film.people.save_results", full)
    monkeypatch.setattr(FilmRun, "_lift_film", lambda *_: LiftedFilm([], None, {}))
    said = []
    groups = FilmGroups(tmp_path / "results.hdf5", tmp_path / "films.npz")
    run = FilmRun(groups, lambda: None, said.append, None, FPS, None, None, False, 0)
    with pytest.raises(DataError, match="no space is left"):
        list(run.lift({"a": DataError("is not read"), "b": DataError("is not read")}))
    assert said == ["film a:"]


@pytest.mark.parametrize(
    ("height", "words"),
    [
        (0.2, None),
        (-0.2, None),
        (-1.9, "note: person 0 is 1.9 m below the floor: the person is smaller and nearer"),
        (0.4, "note: person 0 is 0.4 m above the floor: the person is taller and farther away"),
    ],
)
def test_people_who_are_not_on_the_floor(height, words):
    on_floor = walker()
    p3w = on_floor.p3w - [0, 0, np.median(on_floor.p3w[..., 2].min(axis=1))]
    found = notes_on([], 0, lifted=replace(on_floor, p3w=p3w + [0, 0, 1000 * height]))
    assert [note.startswith(words) for note in found] == [True] if words else found == []


def notes_on(cuts, *first_frames, has_numbers=False, lifted=None):
    """The notes on people whose film is cut, each seen in 60 frames, but for their summaries."""
    lifted = replace(lifted or walker(), cuts=cuts)
    people = [
        SimpleNamespace(detected=Person(sure(walk(60)), i), lifted=lifted, number=0, summary="")
        for i in first_frames
    ]
    film = Film((1920, 1080), FPS, is_still=True)
    return [note for note in notes_on_people(people, {}, film, None, has_numbers) if note]


def test_a_cut_is_named_and_puts_the_names_of_several_people_in_doubt():
    assert notes_on((), 0, 0) == []
    assert notes_on((50,), 0) == ["note: another camera films from frame 50 on"]
    assert notes_on((50,), 0, 50) == notes_on((50,), 0)  # the second one begins with the new view
    (note,) = notes_on((30, 50), 0, 40)
    assert "from frame 30, 50 on: people may be confused with each other there" in note
    assert "confused" not in notes_on((30, 50), 0, 40, has_numbers=True)[0]
    assert "from frame 10, 20, 30, 40, 50 and 2 more on" in notes_on((*range(10, 80, 10),), 0)[0]


def test_still_does_not_silence_the_note_of_someone_who_rises():
    """A foot that slides is no news before a treadmill, but a rise may tell a wrong vertical."""
    assert notes_on((), 0, lifted=walker(3.0)) == []
    p3w = walker().p3w + np.linspace(0, 600, len(walker()))[:, None, None] * [0, 0, 1]
    (note,) = notes_on((), 0, lifted=replace(walker(), p3w=p3w))
    assert "rise and sink by 0.5 m" in note
    assert "the vertical is wrong: give r and t" in note


def test_keypoints_outside_the_image_put_its_size_in_doubt(tmp_path):
    person = sure(walk(100))[None] + [700.0, 100.0, 0.0]
    assert "outside" not in notes_of(person, FPS, tmp_path)
    notes = notes_of(person, FPS, tmp_path, (640, 480))
    assert "warning: 100 % of the keypoints lie outside an image of 640x480" in notes
    assert "`size`" in notes
    # A size that is guessed is doubted as well.
    centred = person - [1400.0, 700.0, 0.0]
    assert "warning: 100 % of the keypoints lie outside" in notes_of(centred, FPS, tmp_path)
