"""The joints of all people of a film as markers, which formats of motion capture hold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from human_pose_util.export.track import Track, film_frames, over_frames


class Markers(NamedTuple):
    """Labelled points over the frames from the first to the last in which anyone is.

    Attributes:
        first_frame: number of the first frame in the film, from 0.
        labels: [n_markers] names of the joints, after "person0:" and so on if there are several
            people; without spaces.
        positions: [n_frames, n_markers, 3] positions in the world (z up) [mm]; NaN in the frames
            in which a person is not.
        is_seen: [n_frames, n_markers] bool, whether a keypoint shows the joint.
    """

    first_frame: int
    labels: list[str]
    positions: np.ndarray
    is_seen: np.ndarray


def markers_of(tracks: Sequence[Track]) -> Markers:
    """The markers of one or more people.

    Args:
        tracks: tracks with one skeleton and one frame rate.
    """
    frames = film_frames(tracks)
    names = ["_".join(joint.split()) for joint in tracks[0].skeleton.joints]
    labels, positions, is_seen = [], [], []
    for track in tracks:
        prefix = f"person{track.person}:" if len(tracks) > 1 else ""
        labels += [prefix + name for name in names]
        positions.append(over_frames(np.asarray(track.p3w, np.float64), track, frames, np.nan))
        is_seen.append(over_frames(~track.extrapolated_mask, track, frames, False))
    return Markers(
        frames.start, labels, np.concatenate(positions, axis=1), np.concatenate(is_seen, axis=1)
    )
