"""What speaks against keypoints that a caller gives, and how callers are told."""

import numpy as np
import pytest

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.image_size import doubt_of_size
from human_pose_util.skeleton import COCO_17
from lifting import LiftStream
from lifting.input.keypoint_input import given_keypoints

SIZE = (1920, 1080)


def keypoints(n_frames: int = 40) -> np.ndarray:
    """[n_frames, 17, 3] points anywhere in the image, with confidences."""
    rng = np.random.default_rng(0)
    return rng.uniform(0.1, 0.9, (n_frames, 17, 3)) * [*SIZE, 1]


def warnings_of(caplog) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name.startswith("lifting")]


def test_a_lift_guesses_the_size_of_the_image_and_says_so(lifter, caplog):
    """The guess is the one of the command; keypoints of one frame are enough."""
    lifted = lifter.lift(2 * keypoints(1) * [1, 1, 0.5])
    assert lifted.camera.size == (3840, 2160)
    assert warnings_of(caplog) == ["the image's size is not given: taken as 3840x2160 (`size`)"]


def test_a_size_that_many_keypoints_lie_outside_of_is_in_doubt(lifter, caplog):
    lifter.lift(keypoints(1), size=SIZE)
    assert warnings_of(caplog) == []
    lifter.lift(keypoints(1), size=SIZE[::-1])
    (message,) = warnings_of(caplog)
    assert "of the keypoints lie outside an image of 1080x1920: is that its size" in message


def test_width_and_height_that_are_exchanged_are_in_doubt():
    """A fifth of the keypoints lie outside, as where a detector guesses legs below the image."""
    points = keypoints()[..., :2]
    points[: len(points) // 2, :, 0] *= 0.6
    doubt = doubt_of_size(points, SIZE[::-1])
    share = (points[..., 0] > SIZE[1]).mean()
    assert 0.15 < share < 0.3
    assert doubt.startswith(f"{100 * share:.0f} % of the keypoints")
    assert doubt.endswith("Nearly all of them lie within 1920x1080")
    assert doubt_of_size(points, SIZE) is None
    guessed_legs = points + [0, 300]
    assert doubt_of_size(guessed_legs, SIZE) is None


def test_keypoints_about_the_middle_of_the_image_are_in_doubt():
    doubt = doubt_of_size(keypoints()[..., :2] - [960, 540], (1280, 720))
    assert doubt.endswith("Pixels count from its upper left corner")


def test_a_stream_warns_once_of_its_size(lifter, caplog):
    """Not of a single frame: someone may walk in, with legs that a detector guesses outside."""
    stream = LiftStream(lifter, fps=5)
    for frame in 2 * keypoints(20):
        stream.push(frame)
    (message,) = warnings_of(caplog)
    assert "lie outside an image of 1920x1080" in message
    caplog.clear()
    stream = LiftStream(lifter, fps=5)
    for i, frame in enumerate(keypoints(20)):
        stream.push(frame + [0, 3000 * (i == 12), 0])
    assert warnings_of(caplog) == []


def test_shares_of_the_image_are_no_pixels(lifter):
    shares = keypoints() / [*SIZE, 1]
    stream = lifter.stream(size=SIZE)
    for lift, given in ((lifter.lift, shares), (stream.push, shares[0])):
        with pytest.raises(DataError, match=r"between −1 and 1, expected pixels: .* multiply them"):
            lift(given)
    # Frames that show nobody, or a keypoint or two in the corner of the image, say nothing.
    corner = np.where(np.arange(17)[:, None] < 2, shares[0], 0.0)
    for frame in (np.zeros((17, 3)), -np.ones((17, 3)), np.full((17, 2), np.nan), corner):
        assert stream.push(frame) is None


def test_confidences_that_are_all_0_are_told(lifter, caplog):
    """As after a conversion to whole numbers."""
    unsure = keypoints() * [1, 1, 0]
    with pytest.raises(DataError, match="show no person"):
        lifter.lift(unsure, size=SIZE)
    stream = lifter.stream(size=SIZE, fps=5)
    assert {stream.push(frame) for frame in unsure} == {None}
    told = "no keypoint has a confidence above 0, so that nobody is seen"
    assert warnings_of(caplog) == [told, told]


@pytest.mark.parametrize("nobody", [None, [], np.zeros((0, 17, 3))], ids=str)
@pytest.mark.parametrize("n_values", [2, 3])
def test_a_list_of_frames_may_have_some_without_the_person(nobody, n_values):
    points = keypoints(6)[..., :n_values]
    expected = points.copy()
    expected[[0, 4]] = np.nan
    frames = [nobody if i in (0, 4) else frame.tolist() for i, frame in enumerate(points)]
    found = given_keypoints(frames, COCO_17)
    np.testing.assert_array_equal(found, given_keypoints(expected, COCO_17))


def test_what_holds_keypoints_is_no_array(lifter):
    for given in (Person(keypoints(), 0), {"keypoints": keypoints()}, "walk.json"):
        with pytest.raises(DataError, match=r"^.*a Person has them as `keypoints`; .* reads files"):
            lifter.lift(given)


@pytest.mark.parametrize("nobody", [[], np.zeros((0, 17, 3)), np.zeros((0, 3))], ids=len)
def test_a_stream_says_what_to_push_where_nobody_is_there(lifter, nobody):
    with pytest.raises(
        DataError, match=r"expected \(17, 2 or 3\); pass None where nobody is there"
    ):
        lifter.stream().push(nobody)
