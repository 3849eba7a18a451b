"""The joints of all people of a film as markers, which formats of motion capture hold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from human_pose_util.export.track import Track


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
    first = min(track.first_frame for track in tracks)
    n_frames = max(track.first_frame + track.n_frames for track in tracks) - first
    names = ["_".join(joint.split()) for joint in tracks[0].skeleton.joints]
    labels, positions, is_seen = [], [], []
    for track in tracks:
        prefix = f"person{track.person}:" if len(tracks) > 1 else ""
        labels += [prefix + name for name in names]
        before = track.first_frame - first
        margin = ((before, n_frames - before - track.n_frames), (0, 0))
        p3w = np.asarray(track.p3w, np.float64)
        positions.append(np.pad(p3w, (*margin, (0, 0)), constant_values=np.nan))
        is_seen.append(np.pad(~track.extrapolated_mask, margin))
    return Markers(
        first, labels, np.concatenate(positions, axis=1), np.concatenate(is_seen, axis=1)
    )
