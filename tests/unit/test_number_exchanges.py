"""Numbers of people in a file that do not stay with people."""

import numpy as np
import pytest

from human_pose_util.keypoints import track_people
from human_pose_util.keypoints.cuts import cuts
from human_pose_util.keypoints.number_exchanges import with_true_numbers
from human_pose_util.skeleton import COCO_17
from tests.helpers.detected_people import T, film, hidden, walk

FPS = 30.0
AT = 50


def crossing():
    """Two who cross in frame 45, in different postures."""
    return walk((200, 100), (4, 0)), walk((560, 110), (-4, 0), seed=1)


def numbers(*runs):
    """[T] numbers, each from a frame on, as (number, frame)."""
    ids = np.empty(T, int)
    for number, frame in runs:
        ids[frame:] = number
    return ids


def same(detections, *persons):
    """Whether everyone is one person all the time, and nothing is cut."""
    people = track_people(detections, FPS)
    everyone = [
        any(np.array_equal(p.keypoints, q, equal_nan=True) for p in people) for q in persons
    ]
    return len(people) == len(persons) and all(everyone) and not cuts(people, COCO_17, FPS)


@pytest.mark.parametrize("at", [20, 45, AT, 70])
def test_numbers_that_two_exchange_are_exchanged_back(at):
    a, b = crossing()
    detections = film(a, b, ids=[numbers((4, 0), (7, at)), numbers((7, 0), (4, at))])
    assert same(detections, a, b)
    [note] = with_true_numbers(detections, FPS).notes
    assert f"numbers 4 and 7 of people change places at frame {at}:" in note


def test_numbers_that_are_exchanged_for_a_while_or_by_three():
    a, b = crossing()
    c = walk((380, 400), (0, 0), seed=2)
    for_a_while = [numbers((1, 0), (2, 30), (1, 60)), numbers((2, 0), (1, 30), (2, 60)), [3] * T]
    assert same(film(a, b, c, ids=for_a_while), a, b, c)
    round_about = [numbers((k, 0), (k % 3 + 1, AT)) for k in (1, 2, 3)]
    detections = film(a, b, c, ids=round_about)
    assert same(detections, a, b, c)
    assert "1, 2 and 3" in with_true_numbers(detections, FPS).notes[0]


def test_a_note_names_the_first_frames_of_many():
    a, b = walk((200, 100), (0, 0)), walk((560, 110), (0, 0), seed=1)
    is_exchanged = np.arange(T) // 10 % 2
    detections = film(a, b, ids=[is_exchanged, 1 - is_exchanged])
    assert same(detections, a, b)
    [note] = with_true_numbers(detections, FPS).notes
    assert f"frame 10, 20, 30, 40, 50 and {(T - 1) // 10 - 5} more:" in note


@pytest.mark.parametrize("numbers", [(4, 7), (4, -1)])
def test_people_without_numbers_have_none(numbers):
    a, b = crossing()
    c, d = walk((900, 100), (0, 0)), walk((1500, 100), (0, 0))
    c, d = hidden(c, range(AT, T)), hidden(d, range(AT))
    detections = film(a, b, c, d, ids=[[number] * T for number in (*numbers, -1, -1)])
    assert with_true_numbers(detections, FPS) is detections


def test_numbers_that_are_exchanged_behind_someone():
    """Who is behind is unseen for twelve frames, and returns with the other's number."""
    a, b = crossing()
    b = hidden(b, range(40, 52))
    assert same(film(a, b, ids=[numbers((1, 0), (2, 52)), numbers((2, 0), (1, 52))]), a, b)
    assert same(film(a, b, ids=[numbers((1, 0), (2, 40)), numbers((2, 0), (1, 40))]), a, b)


def test_a_number_that_goes_to_someone_elsewhere_while_another_stays():
    first, second = walk((200, 100), (0, 0)), walk((310, 110), (0, 0), seed=1)
    other = walk((600, 100), (0, 0), seed=2)
    first, second = hidden(first, range(AT, T)), hidden(second, range(AT + 2))
    detections = film(first, second, other, ids=[[1] * T, [1] * T, [2] * T])
    assert len(track_people(detections, FPS)) == 3
    [note] = with_true_numbers(detections, FPS).notes
    assert note == f"the number 1 goes to another person at frame {AT + 2}"


@pytest.mark.parametrize("fps", [10.0, FPS, 60.0])
def test_numbers_that_stay_with_people_are_believed(fps):
    a, b = crossing()
    detections = film(a, hidden(b, range(40, 52)), ids=[[1] * T, [2] * T])
    assert with_true_numbers(detections, fps) is detections


def test_at_a_cut_numbers_are_believed():
    """Even where each is after the cut about where the other was."""
    a, b = walk((200, 100), (0, 0)), walk((400, 100), (0, 0), seed=1)
    for person, shift in ((a, 160), (b, -160)):
        person[AT:, :, 0] += shift
    detections = film(a, b, ids=[[1] * T, [2] * T])
    assert with_true_numbers(detections, FPS) is detections
    assert cuts(track_people(detections, FPS), COCO_17, FPS) == [AT]
