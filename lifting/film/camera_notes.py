"""What to tell the user of the camera: how it moves, and what speaks against its file.

`camera_motion.foot_motion` measures how feet move, which tells of a camera of which nothing is
known.
"""

from collections.abc import Callable, Sequence

import numpy as np

from human_pose_util.evaluate.status import Status
from human_pose_util.units import MM_PER_M
from lifting.camera_motion.foot_motion import glide, rise, slide
from lifting.fit.lifted import Lifted
from lifting.input.film_camera import FilmCamera
from lifting.settings import HEIGHTS
from lifting.stance.balance import can_balance, stance_joints
from lifting.stance.posture import bends, posture
from lifting.stance.vertical import SHOWN

SLIDE = 0.8
"""Speed [m/s] of feet that bear weight above which they are taken to slide. It is 0.02 to 0.7
before cameras that stand still or sway, 1 to 7 on a skater and on people in a vehicle, and 4 for a
runner, whose lower foot is in the air half of the time."""

KNOWN_SLIDE = 0.4
"""Speed [m/s] of feet that bear weight above which they contradict a file that describes how the
camera stands or turns. Where the file is right (22 hand-held cameras), feet slide by up to 0.2 m/s.
Where people kick, spin or run, it is 0.4 to 1.9, so the warning names that too. Where the file is
wrong (one rotation for all frames, or rotations half a second late, 10 films), it is 0.4 to 1.5."""

GLIDE = 0.6
"""Way [m] that someone goes without steps from which on the camera is taken to move. It is up to
0.4 before cameras that stand still, sway or tilt, and 0.7 to 1.7 where a camera zooms in or out to
twice or half the size."""

RISE = 0.25
"""Range of the heights [m] of the lower foot of someone who stands from which on someone climbs, or
the camera tilts. Where nobody jumps or climbs it is up to 0.24 before cameras that stand still, but
0.3 to 0.4 in five of 60 films in which someone runs or comes straight to the camera, and up to 0.24
with the rotations of others. Before cameras that follow someone or sway, and whose tilts are not
found, it is 0.26 to 0.28 where heights are off by 9 to 10 cm. Where the rotation of a tripod is
transposed, it is 1.1 for someone who walks, while the feet hardly slide."""

LEAST_CHANGE = 0.05
"""Change of heights [m], by tilts that are taken away, from which on a note tells of them."""

LOW, UPWARDS = 0.3, np.radians(10.0)
"""Height [m] by which a camera is found below the floor, and angle [radians] by which it looks up,
from which on the vertical is in doubt: someone who lies with the feet towards it looks like that.
Before level cameras that stand 1 m high, it is found 0.4 m too low where the vertical is off by
7°."""

FOCAL_LENGTHS, UNLIKE = (0.15, 10.0), 1.5
"""Least and largest focal length of lenses, in longer sides of the image: they see 147 and 6
degrees. And ratio of both focal lengths from which on one is a slip."""

ADVICE = "give its rotations (--camera), or the paths of people are wrong"

WIDE_ANGLE = "if its lens has a wide angle, give f in px (--camera)"
"""What notes on motion advise besides. With twice the true focal length, people who come nearer
seem to slide by 1.5 to 2 m/s, or rise as before a camera that tilts by up to 22°."""


def camera_note(people: Sequence[Lifted]) -> str | None:
    """What to say of the camera of a film of which nothing is known; None where all is well.

    Args:
        people: the people of the film, at least one.
    """
    doubt = _doubt_of_feet(people)
    # Turn and tilt are of the film, and equal for all. The change of heights is that of the person
    # who is seen most.
    notes = [doubt] if doubt else []
    if found := _found_motion(people[0]):
        still = "if it stands still (a treadmill, skates, stairs): --still"
        notes = [f"the camera {found}; {still}", *notes]
    if notes:
        return f"{'; but '.join(notes)}; {WIDE_ANGLE}"
    if all(len(lifted) == 1 for lifted in people):  # one frame has no motion
        return None
    if _least(slide, people) is None:
        return (
            "too few steps in time show feet to tell whether the camera moves, "
            f"so it is taken to stand still; if it moves, {ADVICE}"
        )
    return None


def doubt_of_motion(people: Sequence[Lifted], has_rotations: bool) -> str | None:
    """What to say where feet contradict the camera that a file describes.

    Args:
        people: the people of the film, at least one.
        has_rotations: whether the file has a rotation of each frame, else one of all frames.
    """
    least = _least(slide, people) or 0.0
    reason = (
        "the rotations are wrong (r is from the world to the camera, for each frame of the film)"
        if has_rotations
        else "the camera moves, or r, t (mm) or f (px) is wrong (r is from the world to the camera)"
    )
    if least >= KNOWN_SLIDE:
        return f"standing feet slide by {least:.1f} m/s: people run or glide, or {reason}"
    return doubt_of_rise(people, reason)


def doubt_of_place(lifted: Lifted) -> str | None:
    """What to say of a camera whose place is unknown, and is found where few cameras are.

    Args:
        lifted: the poses of a person.
    """
    low = -float(np.median(lifted.cameras.position[:, 2])) / MM_PER_M
    # Row 2 of r is the optical axis in the world; its z is the sine of the angle upwards.
    upwards = float(np.arcsin(np.median(lifted.cameras.r[:, 2, 2])))
    if low < LOW or upwards < UPWARDS:
        return None
    return (
        f"the camera seems to be {low:.1f} m below the floor, and to look up by "
        f"{np.degrees(upwards):.0f} degrees; if it is not, people lie or climb, and the vertical "
        "is wrong: give r and t (--camera)"
    )


def doubt_of_vertical(people: Sequence[Lifted]) -> str | None:
    """What to say of a vertical that is unknown where nobody stands, lies or tells it otherwise.

    Args:
        people: the people of the film, at least one.
    """
    skeleton = people[0].skeleton
    if not can_balance(skeleton):
        return None
    # It is in doubt where the joints that tell it are seen, everyone bends the hips as people who
    # sit, and somebody's posture does not tell it.
    joints, poses = stance_joints(skeleton), [lifted.p3c for lifted in people]
    is_shown = all(
        lifted.extrapolated[:, joints].mean(axis=0).max() <= 1 - SHOWN for lifted in people
    )
    if not (is_shown and all(bends(p3c, skeleton) for p3c in poses)):
        return None
    if all(posture(p3c, skeleton) for p3c in poses):
        return None
    return (
        "everyone sits or crouches in a way that hardly tells the vertical: unless they are seen "
        "from the side, it may be off by 10 to 40 degrees; if it is, give r and t (--camera)"
    )


def doubt_of_rise(people: Sequence[Lifted], reason: str) -> str | None:
    """What to say where people rise or sink while they stand.

    Args:
        people: the people of the film, at least one.
        reason: what may be wrong if they neither jump nor climb.
    """
    if (height := _least(rise, people) or 0.0) < RISE:
        return None
    return (
        f"feet of people who stand rise and sink by {height:.1f} m: they jump or climb, or {reason}"
    )


def doubt_of_height(camera: FilmCamera, lifted: Lifted, height: float | None) -> str | None:
    """What to say of a person whom the camera of a file makes as tall or small as few people are.

    Where the person cannot be before the camera at all, nothing tells the height.

    Args:
        camera: what the file tells of the camera.
        lifted: the poses of the person.
        height: height of the person [m] as the user states it; None where it is unknown.
    """
    found, is_nowhere = lifted.height / MM_PER_M, lifted.status == Status.NOT_FINITE
    # The file may hold what the image looks like alone, and no place of the camera.
    place = "t (mm) and r, " if camera.is_placed else ""
    if 2 * is_nowhere.sum() > len(is_nowhere):
        return f"has no pose before the camera in most frames: check {place}f (px) and c (px)"
    if height is None and not HEIGHTS[0] <= found <= HEIGHTS[1]:
        return f"is {found:.2f} m tall: check {place}f (px) and --size, or give --height"
    return None


def _doubt_of_feet(people: Sequence[Lifted]) -> str | None:
    """What feet tell against the motion of the camera that is found, or against none."""
    # One person whose feet stand is evidence of a camera that stands still.
    if (least := _least(slide, people) or 0.0) >= SLIDE:
        return (
            f"standing feet slide by {least:.1f} m/s: people run or glide, or the camera moves "
            f"in a way that is not found; if it moves, {ADVICE}"
        )
    if (way := _least(glide, people) or 0.0) >= GLIDE:
        return (
            f"people who stand glide {way:.1f} m without a step: they are carried, or the camera "
            f"zooms or moves; if it does, {ADVICE}"
        )
    return doubt_of_rise(people, f"the camera tilts; if it tilts, {ADVICE}")


def _found_motion(lifted: Lifted) -> str:
    """How the camera is found to turn and tilt; "" where it is not."""
    away = np.linalg.norm((lifted.p3w.mean(axis=1) - lifted.cameras.position)[:, :2], axis=1)
    change = np.radians(lifted.tilt) * np.median(away) / MM_PER_M
    is_told = change >= LEAST_CHANGE
    parts = [f"turns by {lifted.turn:.0f}"] if lifted.turn else []
    parts += [f"tilts by {lifted.tilt:.0f}"] if is_told else []
    heights = f", which changes heights by up to {change:.1f} m" if is_told else ""
    return f"{' and '.join(parts)} degrees, as the feet tell{heights}" if parts else ""


def _least(measure: Callable[[Lifted], float | None], people: Sequence[Lifted]) -> float | None:
    """The least value of a measure of people; None where the feet of nobody tell it."""
    values = map(measure, people)
    return min((value for value in values if value is not None), default=None)


def doubt_of_lens(camera: FilmCamera, size: Sequence[float]) -> str | None:
    """What speaks against the given lens of a camera: units that are not pixels, and slips.

    Args:
        camera: what is known of the camera.
        size: (width, height) of the image [px].
    """
    advice = "f and c of --camera are in pixels"
    if camera.c is not None and 0 < min(camera.c) <= max(camera.c) <= 1:
        return f"c = {camera.c} is in the corner of the image: {advice}"
    if camera.f is None:
        return None
    f = np.reshape(camera.f, (-1, 2))
    if (f.max(axis=1) > UNLIKE * f.min(axis=1)).any():
        return "the two focal lengths f of --camera differ much: pixels are nearly square"
    least, largest = (share * max(size) for share in FOCAL_LENGTHS)
    if f.min() < least or f.max() > largest:
        wrong = f.min() if f.min() < least else f.max()
        return (
            f"f = {wrong:g} is no usual focal length in an image of {size[0]:g}x{size[1]:g} px: "
            f"{advice} (millimetres times the width of the image over that of the sensor)"
        )
    return None
