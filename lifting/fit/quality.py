"""How far the poses of a film can be trusted, frame by frame and in a word."""

from typing import NamedTuple

import numpy as np

from human_pose_util.time_windows import time_average
from human_pose_util.units import MM_PER_M
from inference.model.body import Bones
from lifting.input.keypoint_input import Sighting

MISFIT, JITTER_TIME = 0.03, 0.1
"""Mean distance of keypoints from the projected pose, as a share of the person's size, above which
a frame is in doubt; and the standard deviation [s] of the window in which offsets are averaged
before. In good real films the distance is 0.2 to 0.8 %, and 5 % or more at false detections.
Keypoints of small people jitter by 3 % and more about true paths, which the fit averages as well:
without the window, 11 of 159 films with errors of 24 to 54 mm were doubtful or bad."""

FEWEST_SEEN = 0.5
"""Share of the keypoints that have to be seen in a frame, or the pose is mostly a guess."""

SHORT = 0.25
"""Longest time [s] between two views of a joint for which the motion tells where it is. With motion
capture before hand-held cameras of which every third frame is given to the lift (0.1 s), errors are
41.8 mm in these frames and in the others; with every seventh (0.23 s) 47.2 and 49.1 mm, with every
thirteenth (0.43 s) 51.3 and 58.7 mm."""

STRETCH = 0.2
"""Relative difference of a bone's length from its median above which a frame is in doubt."""

FASTEST = 15.0
"""Speed of a joint [m/s] above which a frame is in doubt: hands and feet reach it in sports."""

UNCERTAINTY, OF_STRANGENESS, USUAL_SPREAD = 0.054, 0.01, 0.036
"""`Quality.uncertainty` above which a frame is in doubt; how much of the strangeness is added to
the spread; the spread of a frame of which none is known.

In good films the spread is 0.02 to 0.042, where knees are unseen 0.05, where hips are unseen 0.06
to 0.07. The strangeness is 1 on average for random latent vectors, and 0.3 to 1.3 for the poses of
good films. It is 1.8 to 3 for keypoints of which arms and legs are exchanged, but 2.4 as well for
true poses of someone on the floor, of which the spread is 0.026 only. So neither tells alone. In 41
films of motion capture (5 px of noise), their sum puts 0.5 % of the frames with errors below 60 mm
in doubt, and 38 % of those above 100 mm where the legs of the same films run backwards in time. A
bound for each of the two, as good as can be, has 1.1 and 32 %."""

EXCHANGE_GAIN = 1.15
"""Factor by which the cost of the fit falls if left and right legs, arms, or both are exchanged,
from which on they are of the wrong side. In good films it is 1.1 at most. Where legs or arms alone
are exchanged, it is 1.3 to 4, or 1.0 to 1.15 if the image shows both limbs in one place. Where both
are, it is 0.9 to 1.6, above 1.15 in half of the films: people look much alike from behind."""

FEW, MANY = 0.1, 0.4
"""Shares of frames in doubt up to which a person's poses are good, and from which they are bad."""

GOOD = "good"
"""The verdict on poses of which few are in doubt."""


class Quality(NamedTuple):
    """What speaks for and against the poses of a person; each [n_frames].

    Attributes:
        misfit: mean distance of the keypoints from the projected pose, without their jitter, as a
            share of the person's size; NaN where nothing is seen.
        seen: share of the keypoints' joints that are seen, in the frame or so shortly before and
            after it (`SHORT`) that the motion tells them.
        strangeness: mean square of the latent vector: how strange the pose is to the GAN.
        stretch: largest relative difference of a bone's length from its median, among the bones
            whose ends keypoints show.
        speed: speed of the fastest joint [m/s].
        spread: root mean square of the standard deviations of the joints that are seen, as a share
            of the person's height: how far other poses explain the image as well; NaN where nothing
            is seen, or no standard deviation is known.
        exchange_gain: by what factor the cost of the fit falls if left and right legs, arms, or
            both are exchanged through the shot.
    """

    misfit: np.ndarray
    seen: np.ndarray
    strangeness: np.ndarray
    stretch: np.ndarray
    speed: np.ndarray
    spread: np.ndarray
    exchange_gain: np.ndarray

    @property
    def uncertainty(self) -> np.ndarray:
        """[n_frames] the spread, a share of the person's height, which grows with strangeness."""
        spread = np.where(np.isnan(self.spread), USUAL_SPREAD, self.spread)
        return spread + OF_STRANGENESS * self.strangeness

    @property
    def doubts(self) -> dict[str, np.ndarray]:
        """Reason → [n_frames] whether it puts a frame in doubt.

        Of two reasons that are equally frequent, the verdict names the one that stands first.
        """
        # Where nothing is seen, the misfit is NaN: `seen` is what puts the frame in doubt.
        return {
            "with legs or arms of the wrong side": self.exchange_gain > EXCHANGE_GAIN,
            f"off by more than {MISFIT:.0%}": np.nan_to_num(self.misfit) > MISFIT,
            "hardly seen": self.seen < FEWEST_SEEN,
            "in strange or uncertain poses": self.uncertainty > UNCERTAINTY,
            "with bones that change": self.stretch > STRETCH,
            f"faster than {FASTEST:.0f} m/s": self.speed > FASTEST,
        }

    @property
    def is_doubtful(self) -> np.ndarray:
        """[n_frames] whether anything puts a frame in doubt."""
        return np.any(list(self.doubts.values()), axis=0)

    @property
    def verdict(self) -> str:
        """One word, the share of frames in doubt, and the most frequent reason.

        For example "good", "doubtful: 14 % of frames off by more than 3 %", or, where frames are in
        doubt for other reasons as well, "bad: 60 % of frames, mostly with bones that change".
        """
        share = self.is_doubtful.mean()
        if share <= FEW:
            return GOOD
        reason, frames = max(self.doubts.items(), key=lambda item: item[1].sum())
        mostly = "" if frames.mean() == share else ", mostly"
        word = "doubtful" if share < MANY else "bad"
        return f"{word}: {share:.0%} of frames{mostly} {reason}".replace("%", " %")

    def at(self, rows) -> "Quality":
        """The quality of some frames.

        Args:
            rows: an index array or a slice of the frames.
        """
        return Quality(*(part[rows] for part in self))


def quality(
    p3c: np.ndarray,
    z: np.ndarray,
    projected: np.ndarray,
    std: np.ndarray,
    seen: Sighting,
    exchange_gain: float,
) -> Quality:
    """The quality of poses in a take.

    Args:
        p3c: [n_frames, n_joints, 3] poses in the camera's frame [mm].
        z: [n_frames, n_z] latent vectors.
        projected: [n_frames, n_joints, 2] the poses in the image [px].
        std: [n_frames, n_joints] standard deviations of joints, as shares of the person's height;
            NaN where they are unknown.
        seen: the person in the film.
        exchange_gain: by what factor the cost of the fit falls if left and right legs, arms, or
            both are exchanged.
    """
    # A joint that is not detected is NaN here, and so has no part in what follows.
    p2, fps = seen.observed.p2[:, seen.mapping.own_joints], seen.film.fps
    offset = projected - p2
    is_seen = np.isfinite(offset).all(axis=2)
    weights = is_seen[..., None].astype(float)
    # The average must not meet NaN, neither of a joint nor of a frame without a finite pose: it
    # would spread over the window.
    offset = time_average(np.where(weights > 0, offset, 0.0), weights, JITTER_TIME * fps)
    distance = np.linalg.norm(offset, axis=2) / seen.person_size
    misfit, variance = _mean(distance, is_seen), _mean(std**2, is_seen)
    # A bone with an end that no keypoint can show is the GAN's guess, not a sign of a wrong fit.
    bones, has_keypoint = Bones.of(seen.mapping.converter.source), seen.mapping.observed
    lengths = bones.norms(p3c)[:, has_keypoint[bones.ends].all(axis=1)]
    stretch = np.abs(lengths / np.nanmedian(lengths, axis=0) - 1).max(axis=1, initial=0.0)
    steps = np.linalg.norm(np.diff(p3c, axis=0), axis=2).max(axis=1) * fps / MM_PER_M
    # A frame has the speed of the step that leads to it; the first one, that of the step after it.
    speed = np.pad(steps, (1, 0), mode="edge") if len(steps) else np.zeros(len(p3c))
    # Random latent vectors are N(0, I): the mean square is 1 on average for any number of them.
    strangeness = np.mean(z.astype(float) ** 2, axis=1)
    gain = np.full(len(p3c), exchange_gain)
    is_told = is_seen | is_between(is_seen, SHORT * fps)
    share, spread = is_told.sum(axis=1) / has_keypoint.sum(), np.sqrt(variance)
    return Quality(misfit, share, strangeness, stretch, speed, spread, gain)


def is_between(is_seen: np.ndarray, longest: float) -> np.ndarray:
    """Whether joints are seen before and after, so shortly that the motion tells where they are.

    Args:
        is_seen: [n_frames, n_joints] whether a joint is seen.
        longest: largest difference of the numbers of the frames of both views.
    """
    frames = np.arange(len(is_seen))[:, None]
    before = np.maximum.accumulate(np.where(is_seen, frames, -np.inf), axis=0)
    after = np.minimum.accumulate(np.where(is_seen, frames, np.inf)[::-1], axis=0)[::-1]
    return after - before <= longest


def _mean(values: np.ndarray, is_valid: np.ndarray) -> np.ndarray:
    """[n_frames] means of the valid values [n_frames, n_joints]; NaN where there is none."""
    n_valid = is_valid.sum(axis=1)
    total = np.where(is_valid, values, 0.0).sum(axis=1)
    return np.where(n_valid > 0, total / np.maximum(n_valid, 1), np.nan)
