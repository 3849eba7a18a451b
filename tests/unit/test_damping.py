"""The damping rule of the Levenberg–Marquardt solvers, and the schedule of sharpening."""

import numpy as np
import pytest
import tensorflow as tf

from inference.solvers.damping import FIRST_GROWTH, next_damping
from inference.solvers.sharpening import SHARPENING, Stage, stages_for

CASES = {  # accepted, gain ratio, share → factors of the damping and of the growth
    "the model is good": (True, 0.9, 1.0, 1 / 12),
    "the model is fair": (True, 0.5, 1.0, 1.0),
    "the model is poor": (True, 0.1, 0.5, 2.0),
    "the cost rises along the whole step": (True, -3.0, 0.5, 2.0),
    "the step is far too long": (True, -3.0, 0.2, 4.0),
    "a short share is best of a good model": (True, 0.9, 0.2, 4.0),
}


@pytest.mark.parametrize("accepted, gain_ratio, share, factor", CASES.values(), ids=CASES)
def test_damping_after_an_accepted_step(accepted, gain_ratio, share, factor):
    damping, growth = next_damping(np, 1e-3, 32.0, accepted, gain_ratio, share)
    assert damping == pytest.approx(1e-3 * factor)
    assert growth == FIRST_GROWTH


@pytest.mark.parametrize("gain_ratio", [-100.0, 0.0, 0.9])
def test_damping_grows_ever_faster_while_steps_fail(gain_ratio):
    damping, growth = 1e-3, FIRST_GROWTH
    for expected, expected_growth in ((4e-3, 8.0), (32e-3, 16.0), (512e-3, 32.0)):
        damping, growth = next_damping(np, damping, growth, False, gain_ratio, 1.0)
        assert damping == pytest.approx(expected)
        assert growth == expected_growth


def test_numpy_and_tensorflow_have_the_same_damping():
    rng = np.random.default_rng(0)
    n = 500
    damping = (10 ** rng.uniform(-9, 6, n)).astype(np.float32)
    growth = rng.choice(np.float32([4, 8, 64]), n)
    accepted = rng.uniform(size=n) < 0.7
    ratio = rng.normal(0.5, 0.6, n).astype(np.float32)
    ratio[:4] = 0.75, 0.25, np.inf, -np.inf
    share = rng.choice(np.float32([1.0, 0.5, 0.2]), n)
    given = damping, growth, accepted, ratio, share
    by_numpy = next_damping(np, *given)
    by_tensorflow = next_damping(tf, *(tf.constant(value) for value in given))
    for one, other in zip(by_numpy, by_tensorflow, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    one_by_one = [next_damping(np, *row) for row in zip(*given, strict=True)]
    np.testing.assert_allclose(np.transpose(one_by_one), by_numpy, rtol=1e-6)


def test_widths_of_a_stage_change_geometrically():
    np.testing.assert_allclose(Stage(1.0, 0.01, 3).widths, [1.0, 0.1, 0.01])
    np.testing.assert_allclose(Stage(0.12, 0.12, 4).widths, 0.12)


def test_kinks_are_only_ever_sharpened():
    widths = np.concatenate([stage.widths for stage in SHARPENING])
    assert (np.diff(widths) <= 1e-12).all()
    assert stages_for(has_kinks=True) == SHARPENING
    assert len(stages_for(has_kinks=False)) < len(SHARPENING)
