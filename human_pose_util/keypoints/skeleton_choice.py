"""Which skeleton the keypoints of a file are: by names, number, and the shape of the body."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.body_shape import (
    arm_direction,
    crossed_limbs,
    misfit,
    sample,
    upward,
)
from human_pose_util.keypoints.detections import HIDDEN, RawDetections
from human_pose_util.keypoints.joint_names import NamedSkeleton, skeleton_of_names
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import S20, SKELETONS, SMPL24, Skeleton
from human_pose_util.skeleton.keypoints import KEYPOINTS, LAYOUTS, KeypointLayout, layout_of

FITS, MISFITS, BETTER = 0.35, 0.45, 0.1
"""Misfits (`body_shape.misfit`) up to which points have the shape of a body, and from which on they
do not; and how much better a skeleton has to fit than any other."""

LEAST_PEOPLE = 10
"""Fewer detections do not tell that points have no shape of a body: someone may sit or lie so."""


_COMMON_TO_MANY = (14, 15, 16)  # numbers of keypoints of which no skeleton is the usual one
_LYING = 0.8  # component of the median direction of bodies: 53 degrees from the vertical
_DOWN = 0.8  # that of arms below someone who crawls or does push-ups; it is 0.9 to 1
_PLACES = {
    90: "to the left of their feet",
    180: "below their feet",
    270: "to the right of their feet",
}


@dataclass(frozen=True)
class Choice:
    """The skeleton of the keypoints of a file.

    Attributes:
        skeleton: the skeleton.
        columns: [n_joints] place of each joint in the file; −1 for a joint that the file lacks.
        notes: what the user should know of the choice.
        warnings: reasons to doubt the choice.
    """

    skeleton: Skeleton
    columns: tuple[int, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def select(self, keypoints: np.ndarray) -> np.ndarray:
        """The joints of the skeleton among the keypoints of the file.

        Args:
            keypoints: [n, n_keypoints, 2 or 3] x, y and, if given, confidence.

        Returns:
            [n, n_joints, 2 or 3]; NaN, NaN and 0 for a joint that the file lacks.
        """
        chosen = keypoints[:, self.columns]
        chosen[:, np.array(self.columns) < 0] = HIDDEN[: keypoints.shape[2]]
        return chosen


def choose_skeleton(
    raw: RawDetections, points: np.ndarray, source: str, where: str, skeleton_id: str | None
) -> Choice:
    """The skeleton of the keypoints of a file.

    A skeleton that the user names counts, unless names in the file contradict it. Otherwise the
    names decide, or else the number of keypoints; of several skeletons with that number the one
    whose proportions the points have.

    Args:
        raw: the content of the file.
        points: [n, n_keypoints, 2] x, y; NaN for a keypoint that is not visible.
        source: the format of the file.
        where: the name of the file, for error messages.
        skeleton_id: the skeleton that the user names.

    Raises:
        DataError: no skeleton has that number of keypoints, or it is in doubt which one it is.
        SpecError: `skeleton_id` is unknown, or not that of the file.
    """
    points = sample(points)
    named = _named(raw, where, skeleton_id)
    if named is not None:
        choice = Choice(named.skeleton, named.columns, _unused(raw.names or (), named))
    elif skeleton_id is not None:
        choice = _stated(get_skeleton(skeleton_id), points.shape[1], where)
    else:
        choice = _by_number(raw, points, source, where)
    return Choice(choice.skeleton, choice.columns, choice.notes, _warnings(points, choice))


def readable_counts() -> str:
    """The numbers of keypoints of the layouts, as text: "14, 16, … or 136"."""
    counts = sorted({layout.n_keypoints for layout in LAYOUTS})
    return f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}"


def _named(raw: RawDetections, where: str, skeleton_id: str | None) -> NamedSkeleton | None:
    """The skeleton that the names in the file tell, if there are names of joints in it."""
    if raw.names is None:
        return None
    if len(raw.names) != raw.keypoints.shape[1]:
        raise DataError(f"{where}: {raw.keypoints.shape[1]} keypoints, but {len(raw.names)} names")
    named = skeleton_of_names(raw.names)
    if named is None or skeleton_id is None or skeleton_id == named.skeleton.id:
        return named
    stated = skeleton_of_names(raw.names, [get_skeleton(skeleton_id)])
    if stated is None or stated.n_named < named.n_named:
        listing = ", ".join(raw.names[:4])
        raise SpecError(
            f"{where}: the names of the keypoints ({listing}, …) are those of "
            f"{named.skeleton.id}, but `skeleton_id` says {skeleton_id}"
        )
    return stated


def _unused(names: Sequence[str], named: NamedSkeleton) -> tuple[str, ...]:
    """A note of the skeleton, where the file does not have its joints alone and in its order."""
    layout = layout_of(named.skeleton)
    if named.columns == layout.columns and len(names) == layout.n_keypoints:
        return ()
    unused = [name for i, name in enumerate(names) if i not in named.columns]
    more = f"; {len(unused)} of them do not count, like {unused[0]!r:.40}" if unused else ""
    return (f"the names of the {len(names)} keypoints are those of {named.skeleton.id}{more}",)


def _stated(skeleton: Skeleton, n: int, where: str) -> Choice:
    """The choice of the user."""
    layout = layout_of(skeleton)
    if n not in (layout.n_keypoints, skeleton.n_joints):
        raise SpecError(
            f"{where}: {n} keypoints, but `skeleton_id` {skeleton.id} has {layout.n_keypoints}"
        )
    return _choice(layout, n)


def _by_number(raw: RawDetections, points: np.ndarray, source: str, where: str) -> Choice:
    """The skeleton with the number of keypoints that the file has."""
    n, is_array = points.shape[1], source == "array"
    known = _with_number(n)
    detectors = [layout for layout in known if layout.skeleton in KEYPOINTS]
    others = [layout for layout in known if layout.skeleton not in KEYPOINTS]
    if raw.left is not None:
        likely = next((c for c in known if _left(c) == raw.left), None)
        if likely is None:
            raise DataError(_unknown(n, [*others, *detectors], where))
        return _choice(likely, n)
    candidates = [*detectors, *(c for c in others if c.skeleton is not S20)]
    usual, enough = _usual(n, detectors, candidates, is_array), len(points) >= LEAST_PEOPLE
    few = () if n in _COMMON_TO_MANY else detectors
    shaped = _likely(points, candidates if enough else few)
    in_doubt = shaped is None and usual in detectors and len(detectors) > 1
    likely = shaped or usual
    if likely is None or in_doubt:
        raise DataError(_unknown(n, [*others, *detectors], where))
    notes: tuple[str, ...] = ()
    if is_array and others:
        notes = (f"{n} keypoints are read as {likely.skeleton.id}: `skeleton_id` names another",)
    elif likely is not usual:
        notes = (f"the shape of the body tells that the {n} keypoints are {likely.skeleton.id}",)
    return _choice(likely, n, notes)


def _usual(
    n: int, detectors: list[KeypointLayout], candidates: list[KeypointLayout], is_array: bool
) -> KeypointLayout | None:
    """The layout of files with n keypoints where their points do not tell it; None for none.

    Detectors write the keypoints that are known by their number; an array may hold the joints of a
    data set too.
    """
    if detectors and n not in _COMMON_TO_MANY:
        return detectors[0]
    return candidates[-1] if is_array and candidates else None


def _likely(points: np.ndarray, candidates: Sequence[KeypointLayout]) -> KeypointLayout | None:
    """The one of several layouts as which the points have the shape of a body; None in doubt."""
    misfits = [misfit(points[:, c.columns], c.skeleton) for c in candidates]
    order = sorted(range(len(candidates)), key=lambda i: np.nan_to_num(misfits[i], nan=np.inf))
    if len(order) < 2 or not misfits[order[0]] <= FITS:
        return None
    return None if misfits[order[1]] < misfits[order[0]] + BETTER else candidates[order[0]]


def _left(layout: KeypointLayout) -> tuple[int, ...]:
    """Places of the left joints."""
    sides = layout.skeleton.sides
    return tuple(c for c, side in zip(layout.columns, sides, strict=True) if side == "l")


def _choice(layout: KeypointLayout, n: int, notes: tuple[str, ...] = ()) -> Choice:
    """A choice of a layout for files with n keypoints: all of the layout, or those that count."""
    columns = layout.columns if n == layout.n_keypoints else tuple(range(n))
    return Choice(layout.skeleton, columns, notes)


def _unknown(n: int, layouts: list[KeypointLayout], where: str) -> str:
    """The message for keypoints of an unknown skeleton."""
    names = " or ".join(layout.skeleton.id for layout in layouts)
    hint = f"say `skeleton_id` {names}" if names else "no known skeleton has as many joints"
    reads = "" if names else f"; {readable_counts()} keypoints are read"
    return f"{where}: {n} keypoints of an unknown skeleton: {hint}{reads}"


def _warnings(points: np.ndarray, choice: Choice) -> tuple[str, ...]:
    """Reasons to doubt a choice: the points have no shape of a body, limbs cross, or people lie."""
    if len(points) < LEAST_PEOPLE:
        return ()
    skeleton = choice.skeleton
    chosen = choice.select(points)
    found = []
    if misfit(chosen, skeleton) > MISFITS:
        likelier = _likely(points, _with_number(points.shape[1]))
        hint = (
            f"{likelier.skeleton.id} is likelier (`skeleton_id`)" if likelier else "check the file"
        )
        found.append(f"read as {skeleton.id}, the points do not have the shape of a body: {hint}")
    if crossed := crossed_limbs(chosen, skeleton, LEAST_PEOPLE):
        found.append(
            f"left and right seem to be exchanged between {', and between '.join(crossed)}: "
            "check the order of the keypoints"
        )
    across, down = upward(chosen, skeleton)
    bear_weight = abs(across) > down and arm_direction(chosen, skeleton)[1] > _DOWN
    if max(abs(across), down) > _LYING and not bear_weight:
        turn = 180 if down > abs(across) else 90 if across < 0 else 270
        # Turning such images would exchange left and right as well.
        mirrored = {
            90: "if the file has y before x, exchange them; ",
            180: "if y points up in the file, replace it by the image's height − y; ",
        }
        found.append(
            f"most people's heads are {_PLACES[turn]} in the image: "
            f"{mirrored.get(turn, '')}if it is turned, give `rotation` {turn}"
        )
    return tuple(found)


def _with_number(n: int) -> list[KeypointLayout]:
    """All layouts with a number of keypoints."""
    own = [s for s in SKELETONS if s.n_joints == n and s not in (SMPL24, *KEYPOINTS)]
    return [*(layout for layout in LAYOUTS if layout.n_keypoints == n), *map(layout_of, own)]
