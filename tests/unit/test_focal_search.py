"""Focal lengths of shots, from feet that must stand while people come nearer or go away."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from inference.model.observations import Observations
from lifting.fit.focal_search import PART, with_focal_lengths
from lifting.fit.foot_depths import FootDepths
from lifting.fit.takes import Take
from lifting.input.keypoint_input import Film
from lifting.stance.film_poses import NO_POSES, FilmPoses
from tests.helpers.level_camera import FPS, UP, in_camera
from tests.helpers.postures import standing, walking

SIZE, TRUE_F = (1920, 1080), 900.0
HIPS = [S24.joint_index("l_hip"), S24.joint_index("r_hip")]
PX = 0.5
"""Unit of the search's image points [px]."""

SEARCHES = SimpleNamespace(
    skeleton=S24, in_camera=lambda result: result.p3c, comparable=lambda cost: cost
)


class Scene:
    """A person before a camera, and fits with any focal length.

    A fit with a focal length that is x times as long shows the person x times as far away.

    Args:
        p3c: [n_frames, 24, 3] true poses in the camera's frame [mm].
        cost: cost of the fit of every frame, by the logarithm of x.
    """

    def __init__(self, p3c: np.ndarray, cost: Callable[[float], float] = lambda log_x: 1e-4):
        self.p3c, self.cost = p3c, cost
        self.frames: list[np.ndarray] = []

    def take(self, f: float, shot: int = 0) -> Take:
        """The take, calibrated with a guess of the focal length [px]."""
        n = len(self.p3c)
        eye, still = np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3))
        true = Camera(eye, still, np.full((n, 2), TRUE_F / PX), np.zeros((n, 2)))
        p2, weights = true.project(self.p3c), np.ones((n, 24))
        guess = Camera(eye, still, np.full((n, 2), f / PX), np.zeros((n, 2)))
        observed = Observations(p2, weights, guess, 1 / FPS, frames=np.arange(n))
        seen = SimpleNamespace(film=Film(SIZE, FPS), unit=PX)
        shown = self.p3c * [1, 1, f / TRUE_F]
        sample = FilmPoses(shown, np.tile(UP, (n, 1)), weights > 0)
        return Take(shot, 0, seen, observed, sample=sample, sample_frames=np.arange(n))

    def fit(self, take: Take) -> SimpleNamespace:
        """What is fitted to a take, or to a part of it."""
        frames = take.observed.frames
        self.frames.append(frames)
        factor = take.observed.camera.f[0, 0] * PX / TRUE_F
        cost = np.full(len(frames), self.cost(np.log(factor)))
        return SimpleNamespace(p3c=farther(self.p3c[frames], factor), cost=cost)

    def found(self, *takes: Take) -> list[float]:
        """The focal lengths [px] that are found for takes."""
        (answers,) = with_focal_lengths({0: takes}, self.fit, SEARCHES).values()
        return [take.observed.camera.f[0, 0] * PX for take in answers]


def farther(p3c: np.ndarray, factor: float) -> np.ndarray:
    """Poses that are moved along the optical axis: their hips are `factor` times as far away."""
    depths = p3c[:, HIPS, 2].mean(axis=1)
    return p3c + (factor - 1) * depths[:, None, None] * [0.0, 0.0, 1.0]


def approach() -> np.ndarray:
    """[n, 24, 3] mm: someone who walks up to the camera and away from it."""
    p3w = walking()
    way = p3w[:, S24.root_index] - p3w[:1, S24.root_index]
    heading = np.arctan2(*way[np.abs(way[:, :2]).sum(axis=1).argmax(), 1::-1])
    return in_camera((p3w - p3w[:1, :1]) @ rotation_about(-np.pi / 2 - heading, "z").T)


def depths_of(p3c: np.ndarray) -> FootDepths:
    return FootDepths.of(p3c, UP, np.ones(p3c.shape[:2], bool), S24, FPS)


def test_feet_that_stand_move_with_the_hips_if_the_focal_length_is_wrong():
    """With x times the focal length, a foot that rests moves by (x − 1)·h."""
    right = depths_of(approach())
    assert right.speed < 0.15 < 0.5 < right.approach
    for factor in (0.5, 2.0, 3.0):
        wrong = depths_of(farther(approach(), factor))
        np.testing.assert_allclose(wrong.hips, factor * right.hips)
        rest = right.weights * (right.feet < 0.05)
        moved = (rest * wrong.feet).sum() / (rest * right.hips).sum()
        assert moved == pytest.approx(abs(factor - 1), abs=0.1)


def test_a_camera_that_pans_moves_no_feet_along_its_axis():
    p3c = approach()
    pan = np.stack([rotation_about(angle, "y") for angle in np.linspace(-0.1, 0.1, len(p3c))])
    assert depths_of(p3c @ pan).speed == pytest.approx(depths_of(p3c).speed, abs=0.05)


def test_only_the_time_in_which_someone_comes_nearer_counts():
    p3c = approach()
    pause = np.repeat(p3c[:1], 500, axis=0)
    whole, walk = depths_of(np.concatenate([pause, p3c])), depths_of(p3c)
    assert (whole.time, whole.speed) == pytest.approx((walk.time, walk.speed))
    assert whole.approach == pytest.approx(walk.approach)
    assert depths_of(pause).time == 0
    assert (depths_of(pause).speed, depths_of(pause).approach) == (np.inf, 0.0)
    assert depths_of(p3c[:3]).time == 0


@pytest.mark.parametrize("guess", [0.7, 1.0, 1.4, 2.0, 2.8])
def test_the_focal_length_of_someone_who_comes_nearer_is_found(guess):
    """The fit costs least with the true focal length, but by little."""
    scene = Scene(approach(), cost=lambda log_x: 1e-4 * (1 + 0.3 * log_x**2))
    (found,) = scene.found(scene.take(guess * TRUE_F))
    assert found / TRUE_F == pytest.approx(1, rel=0.2)


def test_feet_tell_it_where_a_focal_length_that_is_too_long_costs_less():
    """A fit does not hold feet to the floor that move fast, and so it costs less."""
    scene = Scene(approach(), cost=lambda log_x: 1e-4 * np.exp(-0.4 * max(log_x, 0.0)))
    (found,) = scene.found(scene.take(2.5 * TRUE_F))
    assert found / TRUE_F < 1.4


def test_where_nobody_comes_nearer_the_focal_length_stays_and_nothing_is_fitted():
    scene = Scene(in_camera(standing()))
    assert scene.found(scene.take(1500.0)) == [1500.0]
    assert not scene.frames


def test_shots_have_focal_lengths_of_their_own_and_people_in_one_shot_have_the_same():
    scene, still = Scene(approach()), Scene(in_camera(standing()))
    found = scene.found(scene.take(1800.0, 0), still.take(1800.0, 1), still.take(1800.0, 0))
    assert found[0] == found[2] < 1.5 * TRUE_F
    assert found[1] == 1800.0


def test_of_a_long_shot_the_part_is_fitted_in_which_someone_comes_nearer():
    p3c = approach()
    pause = 2 * PART
    still = np.repeat(p3c[:1], pause, axis=0), np.repeat(p3c[-1:], pause, axis=0)
    scene = Scene(np.concatenate([still[0], p3c, still[1]]))
    (found,) = scene.found(scene.take(2 * TRUE_F))
    assert found < 1.5 * TRUE_F
    for frames in scene.frames:
        assert len(frames) == PART
        assert frames[0] <= pause + 5 < pause + len(p3c) - 5 <= frames[-1]


def test_joints_that_go_out_of_the_image_are_no_motion():
    """Someone comes nearer, and stands later; there, legs are hidden, or one joint is left."""
    p3c = approach()
    still = np.repeat(p3c[-1:], 3 * PART, axis=0)
    scene = Scene(np.concatenate([p3c, still]))
    take = scene.take(2 * TRUE_F)
    weights = take.observed.weights.copy()
    legs = [S24.joint_index(f"{side}_{part}") for side in "lr" for part in ("knee", "ankle")]
    weights[2 * PART : 2 * PART + 30, legs] = 0
    weights[3 * PART : 3 * PART + 20, 1:] = 0
    hidden = replace(take, observed=replace(take.observed, weights=weights))
    (found,) = scene.found(hidden)
    assert found < 1.5 * TRUE_F
    assert {frames[0] for frames in scene.frames} == {0}
    # Someone who only stands is not fitted at all.
    alone = Scene(np.repeat(p3c[-1:], len(weights), axis=0))
    take = alone.take(1500.0)
    hidden = replace(take, observed=replace(take.observed, weights=weights))
    assert alone.found(hidden) == [1500.0]
    assert not alone.frames


def test_without_poses_that_show_a_stance_the_focal_length_stays():
    """No sample has any for a skeleton without legs, or of someone whose legs are out of view."""
    scene = Scene(approach())
    take = scene.take(2 * TRUE_F)
    bare = Take(take.shot, 0, take.seen, take.observed, sample=NO_POSES)
    assert scene.found(bare) == [2 * TRUE_F]
    assert not scene.frames
