"""People on one floor: their heights from the camera's height above their feet."""

from types import SimpleNamespace

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at
from inference.search.inference_result import InferenceResult
from lifting.fit.common_floor import ADULT_STD, camera_height, log_factors, on_one_floor
from lifting.fit.takes import Fit
from lifting.input.keypoint_input import Film
from lifting.stance.film_poses import FilmPoses
from lifting.stance.vertical import FOOT_HEIGHT_STD, vertical
from tests.helpers.level_camera import UP, in_camera
from tests.helpers.postures import walking

SIZE, FPS, C = (1920, 1080), 25.0, np.array([960.0, 540.0])


def test_people_above_whose_feet_the_camera_is_as_high_are_as_tall_as_fitted():
    np.testing.assert_allclose(log_factors(np.full(3, 1500.0)), 0, atol=0.006)


def test_adults_meet_between_what_the_floor_and_what_likely_heights_tell():
    a, b = log_factors(np.array([1500.0, 1650.0]))
    # Both are as likely to be wrong, so each takes half of the difference, shrunk by the variances.
    shrunk = ADULT_STD**2 / (ADULT_STD**2 + (FOOT_HEIGHT_STD / 1575) ** 2) * np.log(1.1) / 2
    assert a == pytest.approx(shrunk, abs=0.012)
    assert b == pytest.approx(-shrunk, abs=0.012)


def test_a_child_is_as_small_as_the_floor_tells_and_adults_stay_as_they_are():
    child, *adults = log_factors(np.array([1500 / 0.65, 1500.0, 1500.0]))
    assert np.exp(child) == pytest.approx(0.65, rel=0.05)
    np.testing.assert_allclose(adults, 0, atol=0.01)
    child, adult = log_factors(np.array([1500 / 0.65, 1500.0]))
    assert np.exp(child) == pytest.approx(0.65, rel=0.05)
    assert abs(adult) < 0.03


def test_someone_on_a_table_keeps_the_height():
    factors = log_factors(np.array([700.0, 1500.0, 1480.0, 1520.0]))
    np.testing.assert_allclose(factors, 0, atol=0.03)


@pytest.mark.parametrize("heights", [[1500.0, np.nan], [1500.0, 20.0], [-300.0, 1500.0], [np.nan]])
def test_one_person_alone_tells_nothing(heights):
    assert np.isnan(log_factors(np.array(heights))).all()


def test_the_camera_s_height_is_above_the_feet_of_someone_who_stands():
    down = np.radians(15)
    r, t = look_at([0.0, -4000.0, 1500.0], [0.0, 0.0, 1500 - 4000 * np.tan(down)])
    p3w = example()[1][:50]
    p3w = p3w - [*p3w[..., :2].mean(axis=(0, 1)), 0]
    up, shown = np.tile(r[:, 2], (50, 1)), np.ones(p3w.shape[:2], bool)
    assert camera_height(FilmPoses(p3w @ r.T + t, up, shown), S24, r[:, 2]) == pytest.approx(
        1500, abs=60
    )
    hidden = shown.copy()
    hidden[:, S24.joint_index("r_ankle")] = False
    assert np.isnan(camera_height(FilmPoses(p3w @ r.T + t, up, hidden), S24, r[:, 2]))
    lying = (p3w - [0, 0, 900])[..., [0, 2, 1]]
    for n_lying, is_known in ((20, True), (40, False)):  # of 50 frames, of which 15 are enough
        part = np.where(np.arange(50)[:, None, None] < n_lying, lying, p3w)
        height = camera_height(FilmPoses(part @ r.T + t, up, shown), S24, r[:, 2])
        assert np.isfinite(height) == is_known
        assert not is_known or height == pytest.approx(1500, abs=60)
    assert np.isnan(camera_height(FilmPoses(lying @ r.T + t, up, shown), S24, r[:, 2]))


class Sized:
    """A fit's result: poses in the camera's frame, and by what factor they are resized."""

    def __init__(self, p3c: np.ndarray, factor: float = 1.0):
        self.p3c, self.factor = p3c, factor

    def resized(self, factor: float) -> "Sized":
        return Sized(self.p3c, factor)


class Frames(SimpleNamespace):
    """A take: the number of its shot, and so many frames."""

    def __len__(self) -> int:
        return self.n_frames


SEARCHES = SimpleNamespace(
    skeleton=S24,
    poses_in_camera=lambda result, seen: FilmPoses(
        result.p3c, np.tile(UP, (len(result.p3c), 1)), np.ones(result.p3c.shape[:2], bool)
    ),
)


def test_the_height_of_a_person_is_a_mean_over_the_frames_of_all_shots():
    """Shots of 60 and of 20 frames find other heights of the second person; one more is alone."""
    poses, seen = in_camera(walking(60)), SimpleNamespace(film=Film(SIZE, FPS))

    def fit(shot: int, size: float, n_frames: int) -> Fit:
        """Poses that are so large, in so many frames of a shot."""
        take = Frames(shot=shot, n_frames=n_frames, seen=seen)
        return Fit(take, Sized(size * poses[:n_frames]))

    def told(shot: int) -> np.ndarray:
        """The logarithms of both factors that a shot tells."""
        parts = [SEARCHES.poses_in_camera(own[shot].result, seen) for own in (people[0], people[1])]
        up = vertical(parts, S24, FPS)
        return log_factors(np.array([camera_height(part, S24, up) for part in parts]))

    people = {
        0: [fit(0, 1.0, 60), fit(1, 1.0, 20)],
        1: [fit(0, 0.85, 60), fit(1, 1.1, 20)],
        2: [fit(2, 1.0, 60)],
    }
    fits = on_one_floor(people, SEARCHES)
    found = {number: [own.result.factor for own in fits[number]] for number in people}
    expected = np.exp((60 * told(0) + 20 * told(1)) / 80)
    assert expected[0] < 0.99 < 1.01 < expected[1]
    np.testing.assert_allclose(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1])
    assert found[2] == [1.0]


def test_a_result_of_another_size_has_the_same_image():
    rng = np.random.default_rng(0)
    p3w = rng.normal([0, 0, 4], 0.3, (5, 3, 3)).astype(np.float32)
    x = rng.normal(size=(5, 8)).astype(np.float32)
    numbers = np.zeros(5)
    still = Camera(np.eye(3), np.zeros(3), np.full(2, 1.5), np.zeros(2))
    result = InferenceResult(
        p3w, "camera", x, 2, 1.6, np.zeros(0), still, numbers, numbers, numbers, std=p3w[..., 0]
    )
    small = result.resized(0.7)
    np.testing.assert_allclose(still.project(small.p3w), still.project(p3w), rtol=1e-5)
    np.testing.assert_allclose(small.p3w, 0.7 * p3w, rtol=1e-6)
    np.testing.assert_allclose(small.std, 0.7 * result.std, rtol=1e-6)
    np.testing.assert_allclose(small.translation, 0.7 * result.translation, rtol=1e-5)
    np.testing.assert_array_equal(small.rotation, result.rotation)
    assert small.scale == pytest.approx(0.7 * 1.6)
    assert small.aligned_std is None
    with pytest.raises(ValueError, match="camera's frame"):
        InferenceResult(
            p3w, "world", x, 2, 1.6, np.zeros(0), still, numbers, numbers, numbers
        ).resized(0.7)


def test_a_child_beside_an_adult_is_small_and_near(lifter):
    """An adult walks 5 m away; a child of 0.65 of the size walks the same way a metre aside."""
    adult = example()[1][:60]
    adult = adult - [*adult[..., :2].mean(axis=(0, 1)), 0]
    child = 0.65 * adult + [1000.0, 300.0, 0.0]
    r, t = look_at([0.0, -5000.0, 1500.0], [300.0, 0.0, 800.0])
    camera = Camera(r, t, np.full(2, 1500.0), C)
    people = [
        Person(camera.project_world(keypoint_positions(p3w, COCO_17)), 0) for p3w in (adult, child)
    ]
    found = lifter.lift_people(people, "coco17", Film(SIZE, FPS, is_still=True))
    assert found[1].height / found[0].height == pytest.approx(0.65, abs=0.06)
    depths = [np.median(lifted.p3c[:, 0, 2]) for lifted in found]
    true = [np.median((p3w @ r.T + t)[:, 0, 2]) for p3w in (adult, child)]
    assert depths[1] / depths[0] == pytest.approx(true[1] / true[0], rel=0.1)
    feet = [np.median(lifted.p3w[..., 2].min(axis=1)) for lifted in found]
    np.testing.assert_allclose(feet, 0, atol=80)
    # After a cut the child is alone, which tells nothing of its size: it stays the same child.
    r, t = look_at([-4000.0, -2000.0, 1300.0], child.mean(axis=(0, 1)))
    after = Camera(r, t, np.full(2, 1200.0), C)
    alone = after.project_world(keypoint_positions(child, COCO_17))
    both = Person(np.concatenate([people[1].keypoints, alone]), 0)
    cut = lifter.lift_people([people[0], both], "coco17", Film(SIZE, FPS, is_still=True))
    assert cut[1].camera_moves
    assert cut[1].height / cut[0].height == pytest.approx(0.65, abs=0.06)
    # With a height that is known, nothing is left to find.
    same = lifter.lift_people(people, "coco17", Film(SIZE, FPS, height=1.7, is_still=True))
    assert same[0].height == same[1].height
