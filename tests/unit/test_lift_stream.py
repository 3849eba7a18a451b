"""What a stream does when the camera, the detector or the rate is not what it was."""

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.evaluate.metrics import p_mpjpe
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at, rotation_about
from lifting import LiftStream
from lifting.input.keypoint_input import Film
from lifting.input.recent_keypoints import RecentKeypoints

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
    p2 = by.project_world(keypoint_positions(p3w, S24, COCO_17))
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
