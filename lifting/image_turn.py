"""By how much the image of a film is turned, as people tell who stand in it.

Fits do not tell it: a film that lies on its side is fitted with people who lie, and costs as much.
But people who stand have their centres of mass above their feet, which people who lie do not. So a
film is turned if hardly anyone stands in its image as it is, and nearly everyone does once the
image is turned.

Someone who lies straight, or does push-ups, looks like someone who stands in a turned image. Such
people rest on their hands, or rest altogether, so their hands tell the difference.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from human_pose_util.keypoints.rotation import TURNS
from human_pose_util.sampling import evenly_spaced
from human_pose_util.transforms import rotation_about
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import execution_for
from lifting.balance import Stance, can_balance, stance_joints
from lifting.film_search import FilmSearch
from lifting.takes import Take

N_FRAMES, FEWEST_FRAMES = 24, 10
"""Number of frames of a take that are fitted with the image turned, and least number of frames, of
all takes together, that tell anything."""

LYING, UPRIGHT = 0.2, 0.4
"""Share of the frames in which people stand, up to which they lie in an image, and from which on
they stand in it. In 26 films of people who stand, the share is 0.65 to 1, and with someone who sits
among them 0.5; in the same films turned by 90 degrees it is 0 to 0.2, and 0.4 in that of a man who
leans."""

REST = 0.05
"""Range of the motion of a hand, in sizes of the person in the image, up to which it rests."""


def standing(result: InferenceResult, weights: np.ndarray, films: FilmSearch) -> np.ndarray:
    """Whether the person stands upright in the image, in each frame that shows it, [n].

    Args:
        result: fits of frames in the camera's frame.
        weights: [n_frames, n_joints] weights of the keypoints' joints.
        films: the searches.
    """
    skeleton = films.skeleton
    if not can_balance(skeleton) or result.frame == "world":
        return np.zeros(0, bool)
    shown = (weights[:, stance_joints(skeleton)] > 0).all(axis=1)
    stance = Stance.of(films.in_camera(result)[shown], skeleton)
    return stance.stands(np.array([0.0, -1.0, 0.0]))


def image_turn(people: Sequence[Sequence[Take]], films: FilmSearch) -> int:
    """The degrees by which the image has to be turned clockwise, 0 if it is upright as it is.

    Args:
        people: the calibrated takes of each person.
        films: the searches.
    """
    takes = [take for own in people for take in own]
    stands = np.concatenate([take.stands for take in takes]) if takes else np.zeros(0)
    if len(stands) < FEWEST_FRAMES or stands.mean() > LYING:
        return 0
    if not any(_hands_move(take, films) for take in takes):
        return 0
    shares = {degrees: _share_standing(takes, degrees, films) for degrees in TURNS[1:]}
    best = max(shares, key=lambda degrees: shares[degrees])
    return best if shares[best] >= UPRIGHT else 0


def _share_standing(takes: Sequence[Take], degrees: int, films: FilmSearch) -> float:
    """The share of frames in which people stand once the image is turned clockwise."""
    stands = [np.zeros(0, bool)]
    for take in takes:
        rows = np.flatnonzero(take.observed.tells_pose)
        if not len(rows):
            continue
        turned = _turned(take.observed.at(rows[evenly_spaced(len(rows), N_FRAMES)]), degrees)
        execution = execution_for(len(turned))
        search = films.search("calibration", take.seen.mapping, take.seen.film, execution)
        [result] = search.infer([turned])
        stands.append(standing(result, turned.weights, films))
    known = np.concatenate(stands)
    return float(known.mean()) if len(known) >= FEWEST_FRAMES else 0.0


def _turned(observed: Observations, degrees: int) -> Observations:
    """Observations whose image is turned clockwise about the principal point."""
    turn = rotation_about(np.radians(degrees), "z")[:2, :2]  # with y down, from x to y
    camera, c = observed.camera, observed.camera.c[:, None]
    p2 = np.where(observed.weights[..., None] > 0, c + (observed.p2 - c) @ turn.T, 0.0)
    f = camera.f if degrees == 180 else camera.f[:, ::-1]
    return replace(observed, p2=p2, camera=replace(camera, f=f))


def _hands_move(take: Take, films: FilmSearch) -> bool:
    """Whether the hands move, and do not rest while the hips move, as in push-ups."""
    p2, weights = take.seen.observed

    def motion(joint: str) -> float:
        """The range of the motion of the joint on either side, in sizes of the person."""
        ranges = [0.0]
        for side in "lr":
            j = films.skeleton.joint_index(f"{side}_{joint}")
            if len(path := p2[weights[:, j] > 0, j]):
                low, high = np.percentile(path, [10, 90], axis=0)
                ranges.append(float(np.linalg.norm(high - low)))
        return max(ranges) / take.seen.person

    return motion("wrist") > max(REST, 0.5 * motion("hip"))
