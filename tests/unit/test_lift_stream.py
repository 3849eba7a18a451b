"""What a stream does when the camera, the detector or the rate is not what it was."""

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.evaluate.metrics import p_mpjpe
from human_pose_util.evaluate.status import Status
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at, rotation_about
from lifting import LiftStream
from lifting.input.keypoint_input import Film
from lifting.input.recent_keypoints import RecentKeypoints
from lifting.stance.film_poses import FilmPoses
from lifting.stance.recent_floor import RecentFloor

FPS, SIZE, CUT, N = 25.0, (1920, 1080), 40, 80


@pytest.fixture(scope="module")
def p3w():
    """Three seconds of someone who walks."""
    return example()[1][:N]


def camera(p3w, *position):
    """A camera at a place [m] relative to the middle of a person's way."""
    aim = p3w[:, S24.root_index].mean(axis=0)
    r, t = look_at(aim + 1000 * np.array(position), aim)
    return Camera(r, t, np.full(2, 1500.0), np.array([960.0, 540.0]))


def filmed(p3w, by, noise=1.0):
    """Keypoints [n_frames, 17, 2] of a film, with a little noise."""
    p2 = by.project_world(keypoint_positions(p3w, COCO_17))
    return p2 + np.random.default_rng(0).normal(scale=noise, size=p2.shape)


@pytest.fixture(scope="module")
def cut(p3w):
    """Keypoints of a film with a cut, and the camera after it, which looks down by 40 degrees."""
    before, after = camera(p3w, 5, 1, 0.3), camera(p3w, -1, 3.5, 3.0)
    keypoints = [filmed(p3w[:CUT], before), filmed(p3w[CUT:], after)]
    return np.concatenate(keypoints), after


def errors(answers, p3w):
    """[n] mm after alignment, of the joints that keypoints show."""
    shown = answers[0].keypoint_mapping.observed
    poses = np.concatenate([answer.p3w for answer in answers])
    return p_mpjpe(poses[:, shown], p3w[[answer.frame for answer in answers]][:, shown])


def off_vertical(answer, truth):
    """The angle [degrees] between the vertical of an answer and the true one."""
    return np.degrees(np.arccos(np.clip(answer.camera.r[:, 2] @ truth.r[:, 2], -1, 1)))


@pytest.mark.parametrize("lag", [0, 4])
def test_a_stream_begins_anew_at_a_cut(lifter, p3w, cut, lag):
    """With the sides and the vertical of the camera before, errors are 90 mm and 30 degrees."""
    stream = LiftStream(lifter, fps=FPS, lag=lag)
    answers = [stream.push(frame) for frame in cut[0]][lag:] + stream.flush()
    assert [answer.frame for answer in answers] == list(range(N))
    late = answers[CUT + 3 :]
    assert errors(late, p3w).mean() < 50
    assert max(off_vertical(answer, cut[1]) for answer in late) < 15
    assert errors(answers[5:CUT], p3w).mean() < 50


@pytest.mark.parametrize("lag", [0, 3])
def test_a_reset_is_a_cut(lifter, p3w, cut, lag):
    """Also where someone is away for so long that nothing tells a cut."""
    stream, answers = LiftStream(lifter, fps=FPS, lag=lag), []
    stream.reset()  # which does nothing to a stream that has not begun
    for i, frame in enumerate(cut[0]):
        if i == CUT:
            stream.reset()
        answers.append(stream.push(None if CUT <= i < CUT + 10 else frame))
    answers = [answer for answer in answers if answer] + stream.flush()
    assert [answer.frame for answer in answers] == [*range(CUT), *range(CUT + 10, N)]
    assert errors(answers[CUT + 1 :], p3w).mean() < 50
    assert max(off_vertical(answer, cut[1]) for answer in answers[CUT + 1 :]) < 15


def cuts_found(keypoints):
    """The frames at which a stream of keypoints [n_frames, 17, 2] begins anew."""
    recent, found = RecentKeypoints(COCO_17, Film(SIZE, FPS), 8), []
    for i, frame in enumerate(keypoints):
        recent.add(np.pad(frame, [(0, 0), (0, 1)], constant_values=1.0)[None])
        if n := recent.n_after_cut():
            found.append(i + 1 - n)
            recent = recent.cut_off(n)
    return found


def test_only_what_jumps_farther_than_people_move_is_a_cut(p3w, cut):
    assert cuts_found(cut[0]) == [CUT]
    root = p3w[:, S24.root_index][:, None]
    turned = (p3w - root) @ rotation_about(np.linspace(0, 6 * np.pi, N), "y") + root
    assert cuts_found(filmed(turned, camera(p3w, 5, 1, 0.3))) == []
    elsewhere = filmed(p3w, camera(p3w, 5, 1, 0.3))
    elsewhere[CUT:] += [400, 0]
    assert cuts_found(elsewhere) == [CUT]
    elsewhere[CUT - 10 : CUT] = np.nan
    assert cuts_found(elsewhere) == []


def test_a_stream_leaves_out_keypoints_that_are_clipped(lifter, p3w):
    """Legs below the image are where the GAN expects them, not on the border: 30 mm, not 80."""
    keypoints = filmed(p3w, camera(p3w, 3, 3, 0.3))
    height = float(np.median(keypoints[:, 13:15, 1])) - 80  # above the knees
    keypoints[..., 1] = np.minimum(keypoints[..., 1], height - 1)
    means = []
    for size in (None, (1920, height)):
        camera_of_both = {"f": [1500.0, 1500.0], "c": [960.0, 540.0]}
        stream = LiftStream(lifter, fps=FPS, size=size, camera=camera_of_both)
        answers = [stream.push(frame) for frame in keypoints[:50]]
        means.append(errors(answers[10:], p3w).mean())
    assert means[1] < 0.7 * means[0]


def test_keypoints_that_are_pushed_again_count_as_none(lifter, p3w):
    """Of a picture, all frames count: a stream knows that it moves from the third image on."""
    keypoints = filmed(p3w, camera(p3w, 5, 1, 0.3))[[*range(10), *[9] * 10, *range(10, 13)]]
    frozen, gone = LiftStream(lifter, fps=FPS), LiftStream(lifter, fps=FPS)
    answers = [frozen.push(frame) for frame in keypoints]
    is_seen = np.array([answer.status[0] != Status.NO_OBSERVATIONS for answer in answers])
    np.testing.assert_array_equal(is_seen, [True] * 10 + [False] * 10 + [True] * 3)
    assert all(answer.quality.is_doubtful[0] for answer in answers[10:20])
    same = [gone.push(None if 10 <= i < 20 else frame) for i, frame in enumerate(keypoints)]
    np.testing.assert_array_equal(answers[-1].p3c, same[-1].p3c)
    picture = LiftStream(lifter, fps=FPS)
    statuses = [picture.push(keypoints[0]).status[0] for _ in range(10)]
    assert Status.NO_OBSERVATIONS not in statuses


@pytest.mark.parametrize(("fps", "is_new"), [(30.0, True), (240.0, False)])
def test_the_floor_of_a_fast_stream_lasts_as_long(p3w, fps, is_new):
    """Of 240 frames a second, every eighth counts: 400 are forgotten in 13 s, not in 1.7 s."""
    up, shown = np.array([[0.0, -1.0, 0.0]]), np.ones((1, S24.n_joints), bool)
    pose = p3w[:1] @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T + [0, 0, 4000]  # y is down
    floor, heights = RecentFloor(S24, fps), []
    for n, low in ((400, 0.0), (310, 500.0)):
        for _ in range(n):
            floor.add(FilmPoses(pose + [0.0, low, 0.0], up, shown))
        heights.append(np.linalg.norm(floor.place.t))
    assert (abs(heights[1] - heights[0]) > 200) == is_new
