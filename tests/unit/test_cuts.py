"""Cuts of a film: where shots begin, and what is no cut."""

import numpy as np
import pytest

from computed_people.detector import DetectorErrors, detect
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.cuts import cuts, moving_absences, possible_cuts
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.skeleton import COCO_17
from tests.helpers.keypoint_walk import FPS, sure, walk


def moved(p2, at, shift=(400.0, 80.0), scale=1.0):
    """Keypoints [n, 17, 2] that another camera shows from the frame `at` on."""
    p2 = p2.copy()
    p2[at:] = scale * p2[at:] + shift
    return p2


def found(*people, first_frames=None, fps=FPS):
    first_frames = first_frames or [0] * len(people)
    people = [Person(p, first) for p, first in zip(people, first_frames, strict=True)]
    return cuts(people, COCO_17, fps)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0])
def test_a_cut_is_where_everything_jumps(scale):
    assert found(sure(moved(walk(), 50, scale=scale))) == [50]


def test_several_cuts_with_noise_gaps_and_swaps():
    p2 = moved(moved(walk(200), 60), 130, shift=(-300.0, 50.0), scale=0.8)
    detections = detect(
        p2, COCO_17, DetectorErrors(noise=5, missing=0.2, exchanged=0.05), np.random.default_rng(0)
    )
    assert found(detections) == [60, 130]


def possible(*people, fps=FPS):
    return possible_cuts([Person(p, 0) for p in people], COCO_17, fps)


def test_a_sudden_move_of_most_people_is_a_possible_cut():
    still = sure(walk())
    moves = sure(moved(walk(), 50, shift=(25.0, 0.0)))
    assert found(moves) == []
    assert possible(moves) == [50]
    assert possible(moves, moves, still) == [50]
    assert possible(moves, still) == []
    assert possible(still) == []
    assert possible() == []


def still(shift=0.0, at=50, n=100):
    """Keypoints [n, 17, 3] of someone who moves once, by so many sizes, in the frame `at`."""
    p2 = np.repeat(walk(1).round(), n, axis=0)
    return sure(moved(p2, at, shift=(round(shift * person_size(p2)), 0.0)))


def pan(step, n=100):
    """Keypoints [n, 17, 3] while the camera turns for a second, by so many sizes in a frame."""
    p2 = np.repeat(walk(1), n, axis=0)
    p2[..., 0] += step * person_size(p2) * np.clip(np.arange(n) - 40, 0, 31)[:, None]
    return sure(p2)


def test_a_fast_pan_is_no_cut():
    """What moves as far in the frames around is no jump."""
    assert found(pan(0.2)) == []
    assert possible(pan(0.05)) == []
    assert found(still(0.2)) == [50]
    assert possible(still(0.05)) == [50]


def test_a_move_of_a_hundredth_of_the_size_is_no_possible_cut():
    assert possible(still(0.02)) == []
    assert possible(still(0.04)) == [50]


def test_of_two_sudden_moves_in_a_row_the_first_one_is_a_possible_cut():
    twice = still(0.1, 50)
    twice[53:, :, 0] += twice[50, 0, 0] - twice[49, 0, 0]
    assert possible(twice) == [50]


@pytest.mark.parametrize("fps", [5.0, 10.0, FPS])
def test_a_jump_is_a_cut_that_is_faster_than_people_are(fps):
    """They move by two sizes a second at most; at high rates a cut moves them by 0.12 sizes."""
    fastest = max(2.0 / fps, 0.12)
    assert found(still(fastest - 0.02), fps=fps) == []
    assert found(still(fastest + 0.02), fps=fps) == [50]


def test_a_cut_may_hide_behind_a_few_frames_that_show_nobody():
    """Whoever is unseen for five frames has six to move in."""
    for shift, frames in ((0.37, []), (0.43, [50])):
        film = still(shift)
        film[45:50] = np.nan
        assert found(film) == frames


def test_people_who_are_not_seen_have_no_part_in_a_cut():
    jumps, unseen = still(0.5), still()
    unseen[35:65] = np.nan
    assert found(jumps, unseen, unseen) == [50]
    assert found(jumps, still(), unseen) == []


def test_three_keypoints_tell_no_cut():
    few, enough = still(0.5), still(0.5)
    few[:, 3:] = enough[:, 4:] = np.nan
    assert found(few) == []
    assert found(enough) == [50]


def moving(*people, absence=(50, 54), first_frames=None):
    """The absences of one, in which nobody is seen, after which most people are elsewhere."""
    persons = []
    for keypoints, first in zip(people, first_frames or [0] * len(people), strict=True):
        keypoints[max(absence[0] - first, 0) : absence[1] - first] = np.nan
        persons.append(Person(keypoints, first))
    return moving_absences(persons, [absence], COCO_17)


def test_after_an_absence_most_people_may_be_elsewhere():
    """By more than 0.03 of their size, whether left and right are exchanged or not."""
    exchanged = still()
    exchanged[52:] = exchanged[52:][:, COCO_17.mirror]
    assert moving(still()) == moving(still(0.02)) == moving(exchanged) == []
    assert moving(still(0.04)) == [(50, 54)]
    assert moving(still(0.04), still(), still(0.04)) == [(50, 54)]
    assert moving(still(0.04), still(), still()) == []


def test_where_nobody_is_seen_on_both_sides_of_an_absence_people_may_be_elsewhere():
    assert moving(still(n=50), still(n=46), first_frames=[0, 54]) == [(50, 54)]
    assert moving(still(n=50), still(n=46), still(), first_frames=[0, 54, 0]) == []
    ends = still(n=54)  # the last frame of this person is one of the absence
    assert moving(ends, still()) == []
    few = still(0.5)
    few[:, 3:] = np.nan
    assert moving(few) == [(50, 54)]
    assert moving(few, still()) == []
    assert moving() == [(50, 54)]


def test_of_a_fast_motion_the_fastest_frame_is_a_possible_cut():
    p2 = walk(200)
    for frame, step in ((100, 15.0), (101, 25.0), (102, 15.0)):
        p2 = moved(p2, frame, shift=(step, 0.0))
    assert possible(sure(p2)) == [101]


@pytest.mark.parametrize("fps", [5.0, 10.0, FPS])
def test_walking_is_no_cut_at_any_rate(fps):
    every = round(FPS / fps)
    assert found(sure(walk(300)[::every]), fps=fps) == []


@pytest.mark.parametrize("fps", [5.0, 8.0, 10.0, FPS])
def test_a_step_to_the_side_is_no_cut_at_any_rate(fps):
    """Someone who stands moves by 0.3 of the size within 0.35 s."""
    time = np.arange(0, 6, 1 / fps)
    p2 = np.repeat(walk(1), len(time), axis=0)
    p2 += np.random.default_rng(0).normal(0, 2, p2.shape)
    p2[..., 0] += 150 * np.clip((time - 2.95) / 0.35, 0, 1)[:, None]
    assert found(sure(p2), fps=fps) == []
    assert found(sure(moved(p2, len(time) // 4)), fps=fps) == [len(time) // 4]


@pytest.mark.parametrize("stored", [50.0, 60.0])
def test_a_slow_film_that_is_stored_with_more_frames_has_no_cuts(stored):
    """Only one of so many frames is new; the others show nothing."""
    slow = sure(walk(180)[::6])  # 5 frames per second
    p2 = np.full((len(slow), round(stored / 5), 17, 3), np.nan)
    p2[:, 0] = slow
    assert found(p2.reshape(-1, 17, 3), fps=stored) == []


def test_an_exchange_of_left_and_right_is_no_cut():
    p2 = sure(walk())
    p2[40:60] = p2[40:60][:, COCO_17.mirror]
    assert found(p2) == []


def test_a_few_frames_of_a_false_detection_are_no_cut():
    p2 = walk()
    p2[40:43] += (500.0, 100.0)
    assert found(sure(p2)) == []


def test_false_detections_that_come_and_go_are_no_cut():
    """In two frames in a row, nine of the 17 keypoints are false, each at a place of its own."""
    p2, rng = walk(), np.random.default_rng(0)
    for frame in (50, 51):
        p2[frame, rng.permutation(17)[:9]] += rng.uniform(200, 400, (9, 2))
    assert found(sure(p2)) == []
    assert found(sure(moved(p2, 80))) == [80]


@pytest.mark.parametrize("distance", [400.0, 4000.0])
def test_someone_who_comes_back_elsewhere_is_no_cut(distance):
    p2 = sure(moved(walk(), 50, shift=(distance, 80.0)))
    p2[30:50] = np.nan
    assert found(p2) == []


def test_a_cut_moves_everyone():
    still, jumping = sure(walk()), sure(moved(walk(), 50))
    assert found(jumping, still, still) == []
    assert found(jumping, jumping, still) == [50]
    late = sure(moved(walk(), 50 - 20))
    assert found(jumping, late, first_frames=[0, 20]) == [50]


def test_nobody_and_someone_in_one_frame():
    assert found() == []
    assert found(sure(walk(1))) == []
    assert found(np.full((10, 17, 3), np.nan)) == []
