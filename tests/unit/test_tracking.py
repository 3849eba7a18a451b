"""Following people: who they are through crossings, gaps, swaps and what detectors get wrong."""

import time
from dataclasses import replace

import numpy as np
import pytest

from computed_people.detector import DetectorErrors, detect
from human_pose_util.arguments import HIGHEST_RATE
from human_pose_util.errors import SpecError
from human_pose_util.keypoints import Detections, select_people, track_people
from human_pose_util.keypoints.duplicates import without_duplicates
from human_pose_util.keypoints.identity import LONGEST_ABSENCE, REACH, Tracks, joined_tracks
from human_pose_util.keypoints.tracker import LONGEST_LOSS, Tracker
from human_pose_util.skeleton import COCO_17
from tests.helpers.detected_people import T, body, film, hidden, walk


def assert_are(people, *expected):
    """The people found are the expected ones, in this order."""
    assert len(people) == len(expected)
    for person, whole in zip(people, expected, strict=True):
        seen = np.flatnonzero((whole[..., 2] > 0).any(axis=1))
        assert person.first_frame == seen[0]
        np.testing.assert_array_equal(person.keypoints, whole[seen[0] : seen[-1] + 1])


def test_one_person():
    person = walk([100, 100], [2, 0])
    assert_are(track_people(film(person)), person)


def test_the_most_seen_comes_first():
    short = hidden(walk([600, 100], [0, 0]), slice(40, None))
    unsure = walk([300, 100], [1, 0], seed=2) * [1, 1, 0.5]
    sure = walk([100, 100], [1, 0], seed=1)
    assert_are(track_people(film(short, unsure, sure)), sure, unsure, short)


@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("seed", range(5))
def test_people_who_cross_stay_apart(speed, seed):
    """The same body, at the same height of the image, in opposite directions.

    Where they coincide only one of them is seen, who may be either.
    """
    middle = 400 - speed * T / 2
    right = walk([middle, 100], [speed, 0])
    left = walk([800 - middle, 100], [-speed, 0]) * [1, 1, 0.9]
    people = track_people(film(right, left, seed=seed))
    assert [p.first_frame for p in people] == [0, 0]
    for person, whole in zip(people, (right, left), strict=True):
        seen = person.keypoints[..., 2].any(axis=1)
        assert seen.mean() > 0.8
        np.testing.assert_allclose(person.keypoints[seen, :, :2], whole[seen, :, :2], atol=15)


def test_people_with_a_detectors_errors_who_cross_stay_apart():
    """Nearly always: jitter, missed keypoints and exchanged sides, at speeds of their own."""
    apart = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        speed = rng.uniform(1, 8, size=2)
        right = walk([400 - speed[0] * T / 2, 100], [speed[0], 0], seed)
        left = walk([400 + speed[1] * T / 2, 110], [-speed[1], 0], seed + 1000)
        errors = DetectorErrors(noise=4.0, missing=0.15, exchanged=0.05)
        seen = [detect(p[..., :2], COCO_17, errors, rng) for p in (right, left)]
        people = track_people(film(*seen, seed=seed))
        ways = [np.nanmean(p.keypoints[-1, :, 0] - p.keypoints[0, :, 0]) for p in people]
        expected = [-speed[1] * T, speed[0] * T]
        apart += len(ways) == 2 and np.allclose(sorted(ways), expected, atol=30)
    assert apart >= 17


def test_who_hides_another_while_they_cross():
    right, left = walk([100, 100], [4, 0]), walk([460, 110], [-4, 0], seed=1)
    behind = hidden(left, slice(38, 51))
    assert_are(track_people(film(right, behind)), right, behind)


@pytest.mark.parametrize("fps", [12.0, 30.0, 60.0])
def test_the_tracker_waits_for_the_same_time_at_every_rate(fps):
    """Someone walks on unseen, and comes out of hiding away from where they vanished."""
    other = walk([100, 600], [0, 0], seed=1) * [1, 1, 0.5]
    person = walk([100, 100], [300 / fps, 0], jitter=0)
    loss = int(LONGEST_LOSS * fps)
    brief = hidden(person, slice(30, 30 + loss))
    assert_are(track_people(film(brief, other), fps), brief, other)
    lasting = hidden(walk([100, 100], [600 / fps, 0], jitter=0), slice(30, 31 + loss))
    assert len(track_people(film(lasting, other), fps)) == 3


def test_the_rate_is_that_of_the_detections_unless_another_one_is_stated():
    """Someone is unseen for a second at 30 frames per second, which is 0.1 s at 300."""
    other = walk([100, 600], [0, 0], seed=1) * [1, 1, 0.5]
    walks_on = film(hidden(walk([100, 100], [12, 0], jitter=0), slice(30, 60)), other)
    assert len(track_people(walks_on)) == 3
    assert len(track_people(replace(walks_on, fps=300.0))) == 2
    assert len(track_people(walks_on, 300.0)) == 2
    assert len(track_people(replace(walks_on, fps=300.0), 30.0)) == 3


def followed(person: np.ndarray, fps: float = 30.0) -> list[int]:
    """The tracks of one person [n, 17, 3], 180 px tall, in the frames that show the person."""
    tracker, size = Tracker(COCO_17.mirror, fps), np.array([180.0])
    seen = np.flatnonzero((person[..., 2] > 0).any(axis=1))
    return [int(tracker.update(frame, person[[frame]], size)[0]) for frame in seen]


def test_a_track_goes_on_in_a_gap_as_fast_as_before():
    """The person walks by more than the own size meanwhile."""
    person = hidden(walk([0, 100], [20, 0], jitter=0), slice(50, 62))
    assert set(followed(person)) == {0}
    stopped = hidden(walk([0, 100], [20, 0], jitter=0), slice(50, 62))
    stopped[62:, :, :2] = stopped[49, :, :2]
    assert set(followed(stopped)) == {0, 1}


def test_a_velocity_is_that_of_one_frame_however_seldom_someone_is_seen():
    """In every tenth frame, of someone who walks by a third of their size between."""
    person = walk([0, 100], [6, 0], jitter=0, n=300)
    assert set(followed(hidden(person, np.arange(300) % 10 > 0))) == {0}


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
@pytest.mark.parametrize(("sizes", "n_tracks"), [(0.7, 1), (0.82, 2)])
def test_the_reach_grows_with_the_time_in_which_someone_is_unseen(sizes, n_tracks, fps):
    """It is 0.4 sizes from frame to frame, and 0.76 after 0.4 seconds."""
    n_absent = round(0.4 * fps)
    person = hidden(walk([100, 100], [0, 0], jitter=0), slice(3, 3 + n_absent))
    person[3 + n_absent :, :, 1] += 180 * sizes
    assert len(set(followed(person, fps))) == n_tracks
    at_once = walk([100, 100], [0, 0], jitter=0)
    at_once[3:, :, 1] += 180 * sizes / 2
    assert len(set(followed(at_once, fps))) == n_tracks


def test_left_and_right_of_wide_poses_may_be_swapped():
    """Arms and legs are stretched out, so that all keypoints move by more than the size."""
    person = walk([500, 100], [0, 0], jitter=0)
    sides = [{"l": 1.0, "r": -1.0}.get(side, 0.0) for side in COCO_17.sides]
    person[..., 0] = 500 + 150 * np.array(sides)
    person[20:23] = person[20:23, COCO_17.mirror]
    assert set(followed(person)) == {0}


def test_false_keypoints_of_little_confidence_lead_no_track_away():
    person = walk([100, 100], [0, 0], jitter=0)
    person[30:, 9:] += [400.0, 0.0, 0.0]
    person[30:, 9:, 2] = 0.01
    assert set(followed(person)) == {0}
    person[30:, 9:, 2] = 0.8
    assert set(followed(person)) == {0, 1}


def test_keypoints_that_are_hidden_go_with_the_others():
    """Someone sets off while the head alone is seen; then the legs alone are seen."""
    person = walk([100, 100], [0, 0], jitter=0)
    person[20:, :, 0] += 35.0 * np.arange(T - 20)[:, None]
    person[20:40, 5:] = [np.nan, np.nan, 0]
    person[40:, :11] = [np.nan, np.nan, 0]
    assert set(followed(person)) == {0}


@pytest.mark.parametrize("fps", [10.0, 60.0])
def test_someone_who_returns_to_the_place_is_the_same_person(fps):
    """In another posture, and half of them hidden; another person is there all the time."""
    n_absent = int(5 * fps)
    n = 2 * n_absent
    other = walk([700, 100], [0, 0], seed=1, n=n) * [1, 1, 0.9]
    person = walk([100, 100], [0, 0], n=n)
    person = hidden(person, slice(20, 20 + n_absent))
    person[20 + n_absent :, :, 0] += 0.5 * REACH * 180
    person[20 + n_absent :, 7:11, :2] += [40, -60]
    person[20 + n_absent :, 13:] = [np.nan, np.nan, 0]
    assert_are(track_people(film(other, person), fps), other, person)


def returns(fps=10.0, seconds=5.0, factor=1.0, offset=0.0) -> np.ndarray:
    """[n, 17, 3] someone who vanishes, and someone who appears: so much larger, so far away."""
    n_absent = int(seconds * fps)
    person = hidden(walk([200, 300], [0, 0], n=40 + n_absent), slice(20, 20 + n_absent))
    after = person[20 + n_absent :, :, :2]
    middle = after.mean(axis=1, keepdims=True)
    after[:] = middle + factor * (after - middle) + [offset, 0]
    return person


@pytest.mark.parametrize(
    "change",
    [{"seconds": 1.1 * LONGEST_ABSENCE}, {"factor": 3.0}, {"factor": 0.3}, {"offset": 400.0}],
)
def test_who_appears_much_later_elsewhere_or_in_another_size_is_someone_else(change):
    for person, n_people in ((returns(), 2), (returns(**change), 3)):
        other = walk([900, 300], [0, 0], seed=1, n=len(person))
        assert len(track_people(film(other, person), 10.0)) == n_people


def test_someone_who_appears_after_a_short_absence_is_who_the_tracker_says():
    """The tracker knows how people move: that someone appears near by need not be a return."""
    person = returns(seconds=LONGEST_LOSS, offset=175.0)
    other = walk([900, 300], [0, 0], seed=1, n=len(person))
    assert len(track_people(film(person, other), 10.0)) == 3
    person = returns(seconds=LONGEST_LOSS + 0.1, offset=175.0)
    other = walk([900, 300], [0, 0], seed=1, n=len(person))
    assert len(track_people(film(person, other), 10.0)) == 2


def test_someone_who_vanishes_twice_is_one_person():
    """The second return is nearer than the first, and so it is found first."""
    person = np.concatenate([returns(offset=100.0), returns(offset=0.0) + [100.0, 0, 0]])
    other = walk([900, 300], [0, 0], seed=1, n=len(person)) * [1, 1, 0.3]
    assert_are(track_people(film(person, other), 10.0), person, other)


def test_of_two_who_return_each_is_the_nearest():
    one, other = returns(), returns(offset=40.0) + [150, 0, 0]
    people = track_people(film(one, other * [1, 1, 0.9]), 10.0)
    assert_are(people, one, other * [1, 1, 0.9])


def test_who_leaves_alone_and_comes_back_alone_is_the_same_person_wherever():
    person = returns(offset=900.0, factor=1.5)
    assert_are(track_people(film(person), 10.0), person)
    far = returns(offset=1400.0)
    assert_are(track_people(film(far), 10.0), far)
    too_late = returns(seconds=1.1 * LONGEST_ABSENCE)
    too_fast = returns(offset=900.0, seconds=0.1)
    of_another_size = returns(offset=900.0, factor=3.0)
    for other in (too_late, too_fast, of_another_size):
        assert len(track_people(film(other), 10.0)) == 2


def test_a_false_detection_in_an_absence_is_not_the_person():
    person = returns(offset=500.0)
    ghost = hidden(walk([900, 100], [0, 0], seed=3, n=len(person)), [*range(40), *range(42, 90)])
    assert_are(track_people(film(person, ghost), 10.0), person)


def test_frames_are_numbered_as_in_the_film():
    person = hidden(walk([100, 100], [3, 1]), [*range(10), *range(80, T)])
    (track,) = track_people(film(person))
    assert (track.first_frame, len(track.keypoints)) == (10, 70)


@pytest.mark.parametrize("joints", [slice(None), COCO_17.joint_index("l_ankle"), [11, 12, 13, 14]])
def test_left_and_right_may_be_swapped(joints):
    person = walk([100, 100], [3, 0])
    order = np.arange(17)
    order[joints] = COCO_17.mirror[joints]
    person[20:23] = person[20:23, order]
    person[50] = person[50, order]
    other = walk([190, 100], [3, 0], seed=1) * [1, 1, 0.9]
    assert_are(track_people(film(person, other)), person, other)


def test_half_of_someone_is_still_them():
    person = walk([100, 100], [3, 0])
    person[30:40, 5:] = [np.nan, np.nan, 0]
    person[60:70, :9] = [np.nan, np.nan, 0]
    assert_are(track_people(film(person)), person)


def leaves(seconds=1.0, fps=30.0, speed=150.0, width=400.0, sides=1) -> np.ndarray:
    """[n, 17, 3] someone who walks out of the image bit by bit, and comes back bit by bit.

    Args:
        seconds: how long nobody is seen.
        fps: frames per second.
        speed: of the walk, px/s; the person is 180 px tall.
        width: of the image, px.
        sides: 1 to come back from the same side, −1 from the other.
    """
    outside = (width - 200 + 30 + speed * seconds / 2) / speed  # until the middle of the absence
    t = np.arange(-outside, outside, 1 / fps)
    person = walk([200, 100], [0, 0], jitter=2.0, n=len(t))
    way = (outside - np.abs(t)) * speed
    person[..., 0] += (np.where(t < 0, 1, sides) * way)[:, None]
    person[(person[..., 0] < 0) | (person[..., 0] > width)] = [np.nan, np.nan, 0]
    return person


@pytest.mark.parametrize("fps", [10.0, 30.0])
@pytest.mark.parametrize("speed", [60.0, 200.0])
def test_who_walks_out_of_the_image_and_back_bit_by_bit_is_one_person(speed, fps):
    """The last keypoints that leave are not those that come back first."""
    person = leaves(fps=fps, speed=speed)
    n_visible = np.isfinite(person[..., 0]).sum(axis=1)
    assert {1, 2, 3, 4} & set(n_visible), "the keypoints leave at once"
    assert 0 in n_visible
    assert_are(track_people(film(person), fps), person)
    other = walk([60, 100], [0, 0], seed=1, n=len(person)) * [1, 1, 0.9]
    assert len(track_people(film(person, other), fps)) == 2


def test_who_walks_out_of_the_image_alone_and_comes_back_from_the_other_side_is_one_person():
    """A single keypoint of one frame, which shows a part of no one else, may be left out."""
    person = leaves(seconds=2.0, speed=100.0, sides=-1)
    (found,) = track_people(film(person))
    assert (found.first_frame, found.end) == (0, len(person))
    assert np.isnan(found.keypoints[np.isnan(person)]).all()
    assert np.isnan(found.keypoints[..., 0]).sum() <= np.isnan(person[..., 0]).sum() + 1


def test_where_someone_was_long_ago_tells_nothing_of_an_absence():
    """Both are alone at the absence; the first one is seen above the hips for 8 seconds."""

    def person(distance: float) -> np.ndarray:
        """Someone who returns so far away [px]."""
        person = walk([200, 300], [0, 0], n=330)
        person[30:270, 11:] = [np.nan, np.nan, 0]
        person[270:300] = [np.nan, np.nan, 0]
        person[300:, :, 0] += distance
        return person

    assert len(track_people(film(person(700.0)))) == 2
    assert len(track_people(film(person(200.0)))) == 1
    whole = walk([200, 300], [0, 0], n=330)
    whole[270:300] = [np.nan, np.nan, 0]
    whole[300:, :, 0] += 300.0  # the same person may go so far in a second
    assert len(track_people(film(whole))) == 1


def test_a_false_keypoint_makes_nobody_large_for_long():
    """It is far from the person, in one frame; 10 s later, someone else takes the place."""
    person = walk([200, 300], [0, 0], jitter=0.5, n=340)
    person[5, 9] = [1900, 900, 0.05]
    person[302:, :, 0] += 300.0
    other = walk([900, 100], [0, 0], seed=1, n=340)
    assert len(track_people(film(person, other))) == 3


def test_someone_whose_head_alone_is_seen_for_a_while_goes_on():
    """Behind a wall, for two seconds of a walk; before and after, all keypoints are seen."""
    person = walk([100, 100], [6, 0])
    person[15:75, 5:] = [np.nan, np.nan, 0]
    assert_are(track_people(film(person)), person)


def test_someone_seen_twice_is_one_person():
    person = walk([100, 100], [3, 0])
    again = walk([101, 102], [3, 0]) * [1, 1, 0.5]
    again[:, 11:] = [np.nan, np.nan, 0]
    assert_are(track_people(film(person, again)), person)


def test_someone_seen_twice_is_one_person_whatever_is_between_in_the_file():
    """In some frames the detection of another person is between both."""
    person, other = walk([100, 100], [3, 0]), walk([600, 100], [0, 0], seed=1) * [1, 1, 0.9]
    again = person + [1, 2, 0]
    again[..., 2] = 0.3
    assert_are(track_people(film(person, again, other)), person, other)


def test_two_who_share_a_keypoint_are_two():
    """One is seen to the hips, the other one from a hip on, at the place of that hip."""
    upper, lower = walk([100, 100], [1, 0]), walk([100, 100], [1, 0]) * [1, 1, 0.9]
    upper[:, 12:] = lower[:, :11] = [np.nan, np.nan, 0]
    lower[:, 12:, :2] += [150, 0]
    np.testing.assert_array_equal(without_duplicates(film(upper, lower)), np.arange(2 * T))


def test_people_side_by_side_are_two():
    person, other = walk([100, 100], [1, 0]), walk([135, 100], [1, 0]) * [1, 1, 0.9]
    assert_are(track_people(film(person, other)), person, other)


def test_who_is_seen_briefly_is_left_out_unless_alone():
    person = walk([100, 100], [1, 0])
    ghost = hidden(walk([700, 300], [0, 0], seed=3), slice(4, None))
    assert_are(track_people(film(person, ghost)), person)
    assert_are(track_people(film(ghost)), ghost)
    brief = hidden(walk([700, 300], [0, 0], seed=3), slice(5, None))
    assert_are(track_people(film(person, brief)), person, brief)


def test_in_a_short_film_fewer_frames_are_enough():
    """Of 40 frames, 5 % are two."""
    person = walk([100, 100], [1, 0], n=40)
    for n_frames, others in ((1, 0), (2, 1)):
        brief = hidden(walk([700, 300], [0, 0], seed=3, n=40), slice(n_frames, None))
        assert_are(track_people(film(person, brief)), *[person, brief][: 1 + others])


def test_a_single_frame_has_everyone():
    persons = [walk([150 * i, 100], [0, 0], seed=i, n=1) * [1, 1, 1 - i / 10] for i in range(4)]
    assert_are(track_people(film(*persons)), *persons)


@pytest.mark.parametrize("fps", ["30", 0, np.nan, np.inf, 1e6, HIGHEST_RATE + 1])
def test_rates_that_are_none(fps):
    with pytest.raises(SpecError, match=r"^fps .*: expected a positive number"):
        track_people(film(walk((0, 0), (1, 0))), fps)


def test_the_highest_rate_is_one():
    assert len(track_people(film(walk((0, 0), (1, 0))), HIGHEST_RATE)) == 1


@pytest.mark.parametrize("number", [1, -1, "0"])
def test_a_person_who_is_not_there(number):
    with pytest.raises(SpecError, match=r"^person .*: there is person 0 only"):
        select_people(film(walk((0, 0), (1, 0))), number)


def test_numbers_in_the_file_are_followed():
    """One is gone for long, and comes back elsewhere."""
    one, other = walk([100, 100], [1, 0]), walk([500, 100], [0, 0], seed=1) * [1, 1, 0.9]
    other[80:, :, 0] += 400
    other = hidden(other, slice(50, 80))
    assert len(track_people(film(one, other))) == 3
    people = track_people(film(one, other, ids=[[3] * T, [9] * T]))
    assert_are(people, one, other)


def test_people_without_a_number_are_followed_beside_those_with_one():
    one, other = walk([100, 100], [1, 0]), walk([500, 100], [0, 0], seed=1) * [1, 1, 0.9]
    assert_are(track_people(film(one, other, ids=[[2**31 - 1] * T, [-1] * T])), one, other)


def test_a_number_that_is_left_out_for_a_while_goes_on():
    """Another person, who has no number at all, walks beside."""
    one, other = walk([100, 100], [1, 0]), walk([500, 100], [0, 0], seed=1) * [1, 1, 0.9]
    numbers = [-1 if 40 <= frame < 60 else 7 for frame in range(T)]
    assert_are(track_people(film(one, other, ids=[numbers, [-1] * T])), one, other)
    assert_are(track_people(film(one, ids=[numbers])), one)


def test_a_number_that_another_person_takes_over_is_left_to_them():
    """The person who had it is followed without one from then on."""
    one, other = walk([100, 100], [1, 0]), walk([500, 100], [0, 0], seed=1) * [1, 1, 0.9]
    ids = [[7] * 40 + [-1] * (T - 40), [-1] * 40 + [7] * (T - 40)]
    with_number = np.concatenate([one[:40], other[40:]])
    before, after = hidden(other, slice(40, None)), hidden(one, slice(40))
    people = track_people(film(one, other, ids=ids))
    assert_are(people, with_number, after, before)


def test_nobody_is_alone_beside_someone_with_a_number():
    numbered = walk([100, 100], [1, 0])
    one = hidden(walk([800, 100], [0, 0], seed=1), slice(50, None)) * [1, 1, 0.9]
    another = hidden(walk([400, 500], [0, 0], seed=2), slice(50)) * [1, 1, 0.8]
    people = track_people(film(numbered, one, another, ids=[[1] * T, [-1] * T, [-1] * T]))
    assert_are(people, numbered, one, another)


def test_a_number_twice_in_a_frame_is_the_more_confident_one():
    one, other = walk([100, 100], [1, 0]), walk([500, 100], [0, 0], seed=1) * [1, 1, 0.9]
    assert_are(track_people(film(one, other, ids=[[3] * T, [3] * T])), one)


def test_a_person_alone_is_the_same_after_a_cut():
    before, after = walk([100, 100], [1, 0], n=50), walk([900, 300], [-2, 0], n=T - 50)
    person = np.concatenate([before, after])
    assert_are(track_people(film(person)), person)


def test_a_person_alone_is_the_same_after_several_cuts():
    parts = [walk([x, 300], [1, 0], n=30) for x in (100, 900, 500)]
    assert_are(track_people(film(np.concatenate(parts))), np.concatenate(parts))


@pytest.mark.parametrize("shots", [slice(0, 45), slice(45, T)])
def test_at_a_cut_only_someone_who_is_alone_on_both_sides_is_the_same(shots):
    """In one of two shots there is another person besides."""
    person = walk([100, 100], [1, 0])
    person[45:, :, :2] += [900, 300]
    other = np.full_like(person, [np.nan, np.nan, 0])
    other[shots] = walk([500, 600], [0, 0], seed=1)[shots] * [1, 1, 0.9]
    assert len(track_people(film(person, other))) == 3


@pytest.mark.parametrize("frame", [49, 50, 60, 69, 70])
def test_who_is_seen_with_someone_else_at_an_absence_is_not_alone(frame):
    """Someone who is followed otherwise is seen in one frame, at either end of it or within."""
    person = walk([100, 100], [0, 0])
    person[70:, :, 0] += 300.0
    rows = np.r_[0:50, 70:T]
    seen = rows, person[rows], (rows >= 70).astype(int)
    assert set(joined_tracks(Tracks(*seen, np.zeros(0, int), 30.0), 5)) == {0}
    assert set(joined_tracks(Tracks(*seen, np.array([frame]), 30.0), 5)) == {0, 1}


def views(seed: int, yaws, place=(400, 100), shot=40, jitter=1.0) -> np.ndarray:
    """[n, 17, 3] someone who moves the arms, in shots from cameras at so many degrees about them.

    Args:
        seed: of the person's body and motion.
        yaws: the direction of the camera of each shot, or None for a shot without the person.
        place: where the person is in the image, px, and 7 px to the right for each degree.
        shot: number of frames of a shot.
        jitter: of the detector, px.
    """
    n, rng = shot * len(yaws), np.random.default_rng(seed)
    points = np.concatenate([body(seed), rng.normal(0, 15, (17, 1))], axis=1)
    turn = rng.uniform(-1, 1, (17, 3)) * [40, 40, 40] * (np.arange(17) >= 7)[:, None]
    points = points + np.sin(0.15 * np.arange(n) + seed)[:, None, None] * turn
    x, y, z = np.moveaxis(points + rng.normal(0, jitter, points.shape), 2, 0)
    yaw = np.repeat(np.array(yaws, float), shot)[:, None]
    across = np.cos(np.radians(yaw)) * x + np.sin(np.radians(yaw)) * z + 7 * yaw
    person = np.stack([across + place[0], y + place[1], np.full(x.shape, 0.8)], axis=2)
    return hidden(person, np.isnan(yaw[:, 0]))


@pytest.mark.parametrize("yaws", [[0, 60, 0], [0, 60, 0, 60], [0, 60, -40, 0, 60, -40]])
@pytest.mark.parametrize("fps", [15.0, 30.0])
def test_a_person_alone_is_the_same_in_a_film_that_is_cut_to_and_fro(yaws, fps):
    for seed in range(5):
        person = views(seed, yaws)
        assert_are(track_people(film(person), fps), person)
        person[55:58] = person[61] = [np.nan, np.nan, 0]
        ghost = hidden(walk([900, 500], [0, 0], n=len(person)), slice(3, None))
        assert_are(track_people(film(person, ghost), fps), person)


def test_two_people_who_are_shown_alone_in_turn_are_two():
    """As in a conversation of which each shot shows one person."""
    for seed in range(5):
        one = views(seed, [0, None, 0, None])
        other = views(seed + 10, [None, 60, None, 60]) * [1, 1, 0.9]
        assert_are(track_people(film(one, other)), one, other)


def test_of_little_of_a_body_nothing_tells_who_is_shown_in_between():
    """Heads and shoulders of two people look alike."""
    person = views(0, [0, 60, 0])
    person[:, 9:] = [np.nan, np.nan, 0]
    assert len(track_people(film(person))) == 2


def test_two_people_in_a_film_that_is_cut_to_and_fro_are_not_mixed():
    """Nobody is alone: places tell who is who, and those of the second shot tell it of nobody."""
    one, other = views(0, [0, 60, 0]), views(10, [0, 60, 0], place=(150, 120)) * [1, 1, 0.9]
    first, second, *rest = track_people(film(one, other))
    assert (len(rest), [person.first_frame for person in rest]) == (2, [40, 40])
    for person, whole in ((first, one), (second, other)):
        expected = hidden(whole, slice(40, 80))
        np.testing.assert_array_equal(person.keypoints, expected)


def test_who_numbers_say_is_someone_else_is_someone_else():
    """Someone with a number is in the image of the second shot."""
    person, other = views(0, [0, 60, 0]), views(10, [None, 60, None], place=(150, 120))
    ids = [[-1] * len(person), [1] * len(person)]
    assert len(track_people(film(person, other, ids=ids))) == 3


def test_a_detector_that_jumps_between_two_people_makes_no_one_of_them():
    one, other = walk([100, 100], [1, 0]), walk([900, 300], [0, 0], seed=1) * [1, 1, 0.9]
    one[40:50] = [np.nan, np.nan, 0]
    other[:40] = other[50:] = [np.nan, np.nan, 0]
    assert_are(track_people(film(one, other)), one, other)


def test_people_who_are_a_single_point():
    person = walk([100, 100], [0.1, 0], jitter=0)
    person[:, 1:] = [np.nan, np.nan, 0]
    assert_are(track_people(film(person)), person)


def test_numbers_are_finite_or_nan_for_any_detections():
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(-1e5, 1e5, (300, 17, 3))
    keypoints[..., 2] = rng.uniform(0, 1, (300, 17))
    keypoints[rng.uniform(size=(300, 17)) < 0.7] = [np.nan, np.nan, 0]
    keypoints[:, 3] = [5, 5, 1e-300]
    frame = np.sort(rng.integers(0, 40, 300))
    people = track_people(Detections(frame, keypoints, 40, skeleton=COCO_17))
    for person in people:
        assert not np.isinf(person.keypoints).any()
        assert (np.isnan(person.keypoints[..., 0]) == (person.keypoints[..., 2] == 0)).all()


def test_a_long_film_takes_seconds():
    n = 10_000
    persons = [walk([300 * i, 100], [0.01, 0], seed=i, n=n) for i in range(3)]
    detections = film(*persons)
    start = time.process_time()
    assert len(track_people(detections)) == 3
    assert time.process_time() - start < 6  # about 1 on a quiet machine
