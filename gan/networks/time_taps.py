"""Values of a film at other times: what a temporal network sees before and after each frame.

Frames have times, so that one network serves every rate: a tap is an offset in seconds, and the
value there is interpolated between the two frames around it.
"""

from typing import NamedTuple

import tensorflow as tf

LONGEST_GAP = 0.25
"""Between two frames farther apart than this [s] there are no values: too much happens there."""

_ROUNDING = 1e-4  # [s]; a time that is off by rounding is not outside of a film


class Tap(NamedTuple):
    """Where in a film the values of each frame's tap are.

    Attributes:
        before: [n, n_frames] index of the frame before.
        share: [n, n_frames] share of the way from this frame to the next one, from 0 to 1.
        inside: [n, n_frames] 1 for a tap within the film and not in a gap of it, else 0.
    """

    before: tf.Tensor
    share: tf.Tensor
    inside: tf.Tensor


def tap(times: tf.Tensor, offset: float) -> Tap:
    """The tap at an offset from each frame.

    Args:
        times: [n, n_frames] increasing times of the frames [s]; there are two frames or more.
        offset: the offset [s], negative for a time before.
    """
    wanted = times + offset
    n_frames = tf.shape(times)[1]
    before = tf.searchsorted(times, wanted, side="right") - 1
    before = tf.clip_by_value(before, 0, n_frames - 2)
    start, stop = (tf.gather(times, before + i, batch_dims=1) for i in (0, 1))
    share = tf.clip_by_value((wanted - start) / (stop - start), 0.0, 1.0)
    is_inside = (wanted > times[:, :1] - _ROUNDING) & (wanted < times[:, -1:] + _ROUNDING)
    is_inside &= stop - start < LONGEST_GAP
    return Tap(before, share, tf.cast(is_inside, tf.float32))


def at(values: tf.Tensor, where: Tap) -> tf.Tensor:
    """Values [n, n_frames, k] at a tap; beyond the ends of the film those of its end."""
    one = tf.gather(values, where.before, batch_dims=1)
    other = tf.gather(values, where.before + 1, batch_dims=1)
    return one + where.share[..., None] * (other - one)
