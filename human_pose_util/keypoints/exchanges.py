"""Exchanges of left and right, which detectors make for some frames or seconds at a time, undone.

Arms and legs are treated apart: where the keypoints of a pair of limbs move less when left and
right are exchanged, they are exchanged.
"""

import numpy as np

from human_pose_util.keypoints.person_size import person_size
from human_pose_util.keypoints.places import places_before
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import FEET, HANDS

REACH = 0.25
"""Seconds before and after a frame: medians over them tell where limbs belong and how far they
usually move. For as long, a joint that is not visible counts as where it was."""

NOISE = 0.003
"""Added to how far limbs usually move, as a share of the person's size: keypoints of someone who
stands still jitter."""

CHANGE, EXCHANGED_SECOND, LONGEST = 1.0, 1.0, 10.0
"""Costs of a path over the states "as detected" and "exchanged", in units of how far limbs usually
move from a frame to the next. `CHANGE` is the cost of a change of the state, `EXCHANGED_SECOND`
that of a second in the state "exchanged". A step costs at most `LONGEST`, so that a jump that an
exchange does not explain, as at a cut, decides nothing. These values were tuned on motion capture
and on real films without exchanges: they change nothing there."""

LONGEST_MEMORY = 3.0
"""Bound of what the frames before a window tell, in the same units: a stream that begins with
exchanged sides takes the right ones after so many seconds at most, and so does one in which sides
are exchanged for longer."""

MAX_RATIO, MIN_GAIN = 0.8, 0.01
"""A short exchange has to reduce distances to at most this share of what they are, and by at least
this share of the person's size on average."""

EXCHANGED = 1
"""Number of the state "exchanged"; that of "as detected" is 0."""

_LEG = ("hip", "knee", *FEET)
_ARM = ("shoulder", "elbow", "wrist", *HANDS)


def without_exchanges(keypoints: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Keypoints with left and right as they are in most of the film, as far as motion tells.

    Short exchanges are undone first: in a few frames, limbs lie nearer to where those of the other
    side are in the frames around. What remains are long ones. Where they begin and end, limbs jump
    to each other's places, and a person who turns moves them there without a jump.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        skeleton: skeleton of the keypoints.
        fps: frames per second.

    Returns:
        [n_frames, n_keypoints, 3] the keypoints after the exchanges.
    """
    return window_without_exchanges(keypoints, skeleton, fps, None)[0]


def window_without_exchanges(
    keypoints: np.ndarray, skeleton: Skeleton, fps: float, costs: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """`without_exchanges` of the last frames of a film, given what the frames before them tell.

    The first frames of the window, `REACH` seconds, show what is usual, and so they take the sides
    of the first frame after them.

    Args:
        keypoints: as for `without_exchanges`.
        skeleton: skeleton of the keypoints.
        fps: frames per second.
        costs: [2, 2] for legs and for arms, costs of the states "as detected" and "exchanged" in
            the first frame after `REACH`, as the frames before it tell; None for a window that
            begins with the film.

    Returns:
        The keypoints after the exchanges, and the costs for the window that begins one frame later.
    """
    reach, size = max(round(REACH * fps), 1), person_size(keypoints)
    expected = _moving_median(keypoints[..., :2], reach)
    keypoints = exchanged_towards(keypoints, expected, skeleton, MIN_GAIN * size)
    first = 0 if costs is None else reach
    known, next_costs = np.zeros((2, 2)) if costs is None else costs, np.zeros((2, 2))
    for limbs, columns in enumerate(legs_and_arms(skeleton)):
        if columns:
            mirror = skeleton.mirror[columns]
            stay, change = _step_lengths(keypoints[..., :2], columns, mirror, reach)
            usual = _moving_median(np.fmin(stay, change), reach) + NOISE * size
            states, totals = _side_path(
                (stay / usual)[first:], (change / usual)[first:], fps, known[limbs]
            )
            states = np.pad(states, [(first, 0)], mode="edge")
            rows = np.flatnonzero(states == EXCHANGED)[:, None]
            keypoints[rows, columns] = keypoints[rows, mirror]
            # The next window begins one frame later, and its first decided frame is this one.
            following = totals[min(reach + 1 - first, len(totals) - 1)]
            next_costs[limbs] = np.minimum(following - following.min(), LONGEST_MEMORY)
    return keypoints, next_costs


def exchanged_towards(
    keypoints: np.ndarray, expected: np.ndarray, skeleton: Skeleton, min_gain: float
) -> np.ndarray:
    """Keypoints with arms and legs exchanged where that brings them nearer to expected places.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        expected: [n_frames, n_keypoints, 2] expected places [px]; NaN where they are unknown.
        skeleton: skeleton of the keypoints.
        min_gain: by how much an exchange has to reduce the mean distance [px].

    Returns:
        [n_frames, n_keypoints, 3] the keypoints after the exchanges.
    """
    keypoints, mirror = keypoints.copy(), skeleton.mirror
    for columns in legs_and_arms(skeleton):
        if not columns:
            continue
        points = keypoints[:, columns, :2]
        direct = np.linalg.norm(points - expected[:, columns], axis=2)
        swapped = np.linalg.norm(points - expected[:, mirror[columns]], axis=2)
        # Both sums are over the joints of which both distances are known.
        known = np.isfinite(direct) & np.isfinite(swapped)
        direct, swapped = (np.where(known, d, 0.0).sum(axis=1) for d in (direct, swapped))
        exchange = swapped + min_gain * known.sum(axis=1) < MAX_RATIO * direct
        keypoints[np.ix_(exchange, columns)] = keypoints[np.ix_(exchange, mirror[columns])]
    return keypoints


def legs_and_arms(skeleton: Skeleton) -> tuple[list[int], list[int]]:
    """Indices of the joints of both legs, and of both arms."""
    sided = [j for j, side in enumerate(skeleton.sides) if side]
    legs, arms = ([j for j in sided if skeleton.parts[j] in limb] for limb in (_LEG, _ARM))
    return legs, arms


def _step_lengths(
    p2: np.ndarray, columns: list[int], mirror: np.ndarray, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean distances [n_frames] of limbs from where they were last, and from where others were.

    Args:
        p2: [n_frames, n_keypoints, 2] x, y [px]; NaN for a keypoint that is not visible.
        columns: the joints of a pair of limbs.
        mirror: the joints on the other side of each.
        reach: number of frames for which a joint that is not visible counts as where it was.

    Returns:
        Distances from the place of the joint itself, and from that of the joint on the other side,
        over joints of which both are known; NaN where there are none, as in frame 0.
    """
    before = places_before(p2, reach)
    own, other = (
        np.linalg.norm(p2[:, columns] - before[:, towards], axis=2) for towards in (columns, mirror)
    )
    is_known = np.isfinite(own) & np.isfinite(other)
    n_known = is_known.sum(axis=1)
    unknown = np.where(n_known > 0, 0.0, np.nan)
    stay, change = (
        np.where(is_known, distance, 0.0).sum(axis=1) / np.maximum(n_known, 1) + unknown
        for distance in (own, other)
    )
    return stay, change


def _side_path(
    stay: np.ndarray, change: np.ndarray, fps: float, costs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The shortest path over time with the states "as detected" and "exchanged" (Viterbi 1967).

    A step costs the distance that limbs move, a change of the state costs `CHANGE` more, and a
    second in the exchanged state costs `EXCHANGED_SECOND`.

    Args:
        stay: [n_frames] how far limbs move if a frame is in the state of the frame before, as a
            multiple of what they usually move about that time; NaN where it is unknown.
        change: [n_frames] how far they move if it is in the other state.
        fps: frames per second.
        costs: [2] costs of the states in the first frame.

    Returns:
        The states [n_frames], and the least costs of paths to each state in a frame [n_frames, 2].
    """
    stay, change = (np.minimum(np.nan_to_num(steps), LONGEST) for steps in (stay, change))
    change = change + CHANGE
    of_state = np.array([0.0, EXCHANGED_SECOND / fps])
    totals, before = np.tile(costs, (len(stay), 1)), np.zeros((len(stay), 2), int)
    for i in range(1, len(stay)):
        ways = totals[i - 1, :, None] + [[stay[i], change[i]], [change[i], stay[i]]]  # [from, to]
        before[i], totals[i] = ways.argmin(axis=0), ways.min(axis=0) + of_state
    state = np.zeros(len(stay), int)
    state[-1:] = totals[-1:].argmin(axis=1)
    for i in range(len(stay) - 1, 0, -1):
        state[i - 1] = before[i, state[i]]
    return state, totals


def _moving_median(values: np.ndarray, reach: int) -> np.ndarray:
    """Medians [n_frames, ...] of the values in the frames up to `reach` frames away.

    NaN counts only where there is nothing else.
    """
    around = [(reach, reach)] + [(0, 0)] * (values.ndim - 1)
    padded = np.pad(values, around, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    # The lower one of two middle values: a place of the left or of the right joint, never between.
    ordered = np.sort(windows, axis=-1)  # NaN last
    middle = np.maximum(np.isfinite(ordered).sum(axis=-1) - 1, 0) // 2
    return np.take_along_axis(ordered, middle[..., None], axis=-1)[..., 0]
