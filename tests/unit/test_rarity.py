"""Rare kinds of poses are drawn more often than they are recorded."""

import numpy as np
import pytest

from gan.training.rarity import LEAST_DRAWN, kinds, rows_by_rarity

EQUAL = np.ones(1000)


@pytest.fixture
def poses():
    """900 poses of one kind, 90 of a second and 10 of a third, in a random order."""
    rng = np.random.default_rng(0)
    centre = np.repeat([0.0, 10.0, 20.0], [900, 90, 10])
    return rng.permutation(centre)[:, None, None] + 0.1 * rng.normal(size=(1000, 4, 3))


def shares(poses):
    return np.bincount(np.rint(poses.mean(axis=(1, 2)) / 10).astype(int)) / len(poses)


def test_poses_of_a_kind_are_nearer_to_each_other(poses, monkeypatch):
    monkeypatch.setattr("gan.training.rarity.N_KINDS", 3)
    kind = kinds(poses)
    groups = [np.unique(poses[kind == k].mean(axis=(1, 2)).round(-1)) for k in range(3)]
    assert sorted(np.concatenate(groups)) == [0, 10, 20]


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_shares_of_kinds(poses, strength, monkeypatch):
    monkeypatch.setattr("gan.training.rarity.N_KINDS", 3)
    expected = np.array([900, 90, 10]) ** (1 - strength)
    drawn = poses[rows_by_rarity(poses, strength, EQUAL, seed=(1, 0))]
    assert len(drawn) == LEAST_DRAWN
    np.testing.assert_allclose(shares(drawn), expected / expected.sum(), atol=0.01)
    assert len(np.unique(drawn, axis=0)) == 1000  # none is lost
    np.testing.assert_array_equal(drawn, poses[rows_by_rarity(poses, strength, EQUAL, seed=(1, 0))])


def test_without_strength_every_pose_is_there_once(poses):
    np.testing.assert_array_equal(poses[rows_by_rarity(poses, 0.0, EQUAL, seed=(1, 0))], poses)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_poses_of_less_weight_are_drawn_less_often(poses, strength, monkeypatch):
    monkeypatch.setattr("gan.training.rarity.N_KINDS", 3)
    is_first = np.rint(poses.mean(axis=(1, 2))) == 0
    drawn = poses[rows_by_rarity(poses, strength, np.where(is_first, 0.25, 1.0), seed=(1, 0))]
    expected = np.array([900, 90, 10]) ** (1 - strength) * [0.25, 1, 1]
    np.testing.assert_allclose(shares(drawn), expected / expected.sum(), atol=0.01)


def test_equal_poses_are_of_one_kind():
    assert len(set(kinds(np.ones((5, 4, 3))))) == 1
