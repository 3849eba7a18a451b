"""What the lift of a film tells the user before it begins."""

import numpy as np
import pytest

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Detections
from human_pose_util.skeleton import COCO_17
from lifting.film.groups import FilmGroups
from lifting.film.run import FilmRun
from tests.unit.test_keypoint_paths import FPS, sure, walk


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


def test_a_note_on_cuts_is_of_the_keypoints_that_are_lifted(tmp_path):
    """Two people run in a film of 12 frames per second that is stored with 60."""
    run = walk(1) + np.array([750.0, 0.0]) * np.arange(0, 2, 1 / 12)[:, None, None]
    stored = np.repeat(sure(run), 5, axis=0)
    both = np.stack([stored, stored + [0.0, 550.0, 0.0]])
    assert "another view" not in notes_of(both, 60.0, tmp_path)
    stands = sure(walk(100))
    both = np.stack([stands, stands + [900.0, 0.0, 0.0]])
    both[:, 50:, :, 1] += 80.0
    assert "cuts to another view in frame 50" in notes_of(both, FPS, tmp_path)


def test_keypoints_outside_the_image_put_its_size_in_doubt(tmp_path):
    person = sure(walk(100))[None] + [700.0, 100.0, 0.0]
    assert "outside" not in notes_of(person, FPS, tmp_path)
    notes = notes_of(person, FPS, tmp_path, (640, 480))
    assert "warning: 100 % of the keypoints lie outside an image of 640x480" in notes
    assert "--size" in notes
