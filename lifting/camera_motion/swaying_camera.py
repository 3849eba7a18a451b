"""People before a camera that sways, as before one that stands still.

`sway` finds how a camera sways. Here the world is turned back by its angles, people with
it. Poses stay as they are, and so does where the camera is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from lifting.camera_motion.foot_motion import UP
from lifting.camera_motion.sway import Feet, Sway, ahead, sway_of
from lifting.camera_motion.turn_rates import LEAST
from lifting.fit.lifted import Lifted, joined
from lifting.fit.shot_places import motion_at_cut
from lifting.stance.balance import can_balance


class Part(NamedTuple):
    """What a film, or a shot, shows of a person.

    Attributes:
        start: the frame of the film, or of the shot, at which it begins.
        lifted: the poses.
    """

    start: int
    lifted: Lifted


def without_sway(people: Mapping[int, Part], cuts: Sequence[int]) -> dict[int, Lifted]:
    """People before a camera that sways as their feet tell.

    Args:
        people: what a film shows of each person, as before a camera that does not sway.
        cuts: frames at which a new shot begins.

    Returns:
        The poses of each person, with `tilt`, the largest range of the camera's angles in a shot,
        and `turn`, where it turns by more than `LEAST`. Where feet tell of no tilt, the poses are
        as they were.
    """
    as_before = {number: part.lifted for number, part in people.items()}
    if not people or not can_balance(next(iter(as_before.values())).skeleton):
        return as_before
    n_frames = max(start + len(lifted) for start, lifted in people.values())
    edges = [0, *(cut for cut in cuts if 0 < cut < n_frames), n_frames]
    shots = [_shot(people, low, high) for low, high in pairwise(edges)]
    sways = [
        _sway(shot, high - low) for shot, (low, high) in zip(shots, pairwise(edges), strict=True)
    ]
    tilt, turn = (
        float(np.degrees(max(np.ptp(angles) for angles in parts)))
        for parts in zip(*sways, strict=True)
    )
    if not tilt:
        return as_before
    steady = [_steady(shot, sway) for shot, sway in zip(shots, sways, strict=True)]
    for i in range(1, len(shots)):
        steady[i] = _joined_at_cut(steady[i - 1], steady[i])
    answers = {}
    for i, lifted in as_before.items():
        whole = joined([shot[i].lifted for shot in steady if i in shot])
        found = max(lifted.turn, turn) if turn > np.degrees(LEAST) else lifted.turn
        answers[i] = replace(whole, tilt=tilt, turn=found)
    return answers


def _shot(people: Mapping[int, Part], low: int, high: int) -> dict[int, Part]:
    """What the frames of a film from `low` to before `high` show of each person."""
    parts = {}
    for i, (first, lifted) in people.items():
        start, end = max(first, low), min(first + len(lifted), high)
        if start < end:
            parts[i] = Part(start - low, lifted.part(start - first, end - first))
    return parts


def _sway(shot: Mapping[int, Part], n_frames: int) -> Sway:
    """How the camera of a shot sways."""
    if not shot:
        return Sway.none(n_frames)
    feet = Feet.nobody(n_frames, len(shot))
    for own, part in zip(feet.pairs, shot.values(), strict=True):
        rows = slice(part.start, part.start + len(part.lifted))
        for of_all, values in zip(feet, Feet.of(part.lifted), strict=True):
            of_all[rows, own] = values
    return sway_of(feet, next(iter(shot.values())).lifted.fps)


def _steady(shot: Mapping[int, Part], sway: Sway) -> dict[int, Part]:
    """What a shot shows, before a camera that does not sway."""
    parts = {}
    for i, (start, lifted) in shot.items():
        rows = slice(start, start + len(lifted))
        right = np.cross(ahead(lifted.cameras), UP)
        # About the axis to the right, a positive angle takes what is ahead upwards.
        upright = Rotation.from_rotvec(-sway.tilts[rows, None] * right)
        turn = Rotation.from_rotvec(-sway.turns[rows, None] * UP)
        # The world turns about the camera, which stays where it is.
        centre = lifted.cameras.position
        parts[i] = Part(start, _moved(lifted, (turn * upright).as_matrix(), centre, centre))
    return parts


def _joined_at_cut(before: Mapping[int, Part], after: Mapping[int, Part]) -> dict[int, Part]:
    """What a shot shows, moved on the floor so that people go on where they were before the cut."""
    both = [i for i in after if i in before]
    if not both:
        return dict(after)
    pairs = [(before[i].lifted, after[i].lifted) for i in both]
    is_seen = [not (b.extrapolated[-1].all() or a.extrapolated[0].all()) for b, a in pairs]
    last, first = np.stack([b.p3w[-1] for b, _ in pairs]), np.stack([a.p3w[0] for _, a in pairs])
    turn, shift = motion_at_cut(first, last, is_seen)
    return {
        i: Part(start, _moved(lifted, turn, np.zeros(3), shift))
        for i, (start, lifted) in after.items()
    }


def _moved(lifted: Lifted, turn: np.ndarray, centre: np.ndarray, target: np.ndarray) -> Lifted:
    """Poses in a world that is turned about a centre, which moves to a target.

    Args:
        lifted: the poses.
        turn: [3, 3], or [n_frames, 3, 3] for each frame.
        centre: [3] or [n_frames, 3] mm.
        target: the same.
    """
    camera = lifted.cameras
    # The new world is p' = turn·(p − centre) + target, and the camera's place moves with it.
    position = np.einsum("...ij,...j->...i", turn, camera.position - centre) + target
    r = camera.r @ np.swapaxes(np.broadcast_to(turn, camera.r.shape), 1, 2)
    t = -(r @ position[..., None])[..., 0]
    camera = replace(camera, r=r, t=t)
    return replace(lifted, p3w=camera.to_world(lifted.p3c), camera=camera)
