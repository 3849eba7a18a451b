"""How sure poses are in frames that do not show the person."""

import numpy as np
import pytest

from lifting.fit.unseen_frames import ACCELERATION, with_neighbours

FPS = 20.0
SEEN = np.isin(np.arange(16), [2, 3, 9, 12])


def test_a_gap_adds_how_far_a_constant_acceleration_leads_away_from_a_straight_line():
    std = np.where(SEEN, 0.03, 10.0)[:, None] * [1.0, 2.0]
    found = with_neighbours(std, SEEN, FPS)
    t = np.arange(16) / FPS
    path = 0.5 * ACCELERATION * t**2
    away = path - np.interp(t, t[SEEN], path[SEEN])
    for joint, own in enumerate([0.03, 0.06]):
        expected = np.hypot(own, away)[2:13]
        np.testing.assert_allclose(found[2:13, joint], expected, rtol=1e-12)


def test_frames_around_make_no_frame_less_sure_and_leave_the_ends():
    rng = np.random.default_rng(0)
    std = rng.uniform(0.01, 0.3, (16, 5))
    found = with_neighbours(std, SEEN, FPS)
    assert (found <= std).all()
    assert (found < std).any()
    alone = SEEN | (np.arange(16) < 2) | (np.arange(16) > 12)
    np.testing.assert_array_equal(found[alone], std[alone])


def test_variances_go_over_from_one_frame_to_the_other():
    std = np.array([[0.01], [9.0], [9.0], [0.2]])
    (one, other) = with_neighbours(std, np.array([True, False, False, True]), 1e6)[1:3, 0]
    assert one == pytest.approx(np.sqrt((2 * 0.01**2 + 0.2**2) / 3))
    assert other == pytest.approx(np.sqrt((0.01**2 + 2 * 0.2**2) / 3))


def test_frames_around_without_deviations_leave_that_of_a_frame():
    """A stream computes those of the frame that it answers alone."""
    std = np.full((16, 2), np.nan)
    std[5] = 0.06
    np.testing.assert_array_equal(with_neighbours(std, SEEN, FPS), std)


@pytest.mark.parametrize("is_seen", [np.zeros(3, bool), np.ones(3, bool)])
def test_nothing_changes_where_no_frame_is_between_others(is_seen):
    std = np.full((3, 2), np.nan)
    np.testing.assert_array_equal(with_neighbours(std, is_seen, FPS), std)
