"""Which tracks are of one person: someone who vanishes and returns, or who is alone at a cut."""

from typing import NamedTuple

import numpy as np

from human_pose_util.keypoints.tracker import LONGEST_LOSS, nearest_pairs
from human_pose_util.keypoints.two_views import common_keypoints, show_one_person

LONGEST_ABSENCE = 10.0
"""Seconds for which a person may be out of sight and be the same person again."""

REACH = 1.0
"""Largest distance between where a person vanishes and returns, relative to the person's size."""

SPEED = 2.0
"""Speed, in sizes of the person a second, at which someone may come back elsewhere."""

SHOWN = 0.75
"""A detection shows the person if it has this share of the most keypoints that any detection of the
track has. Of 486 simulated absences of people who walk out of the image, 29 end as another person;
with 0.5 they are 67, and 474 where the last and the first detection alone are compared and sizes
are those of the visible keypoints."""

LEAVING = 3.0
"""Seconds in which people walk out of the image and into it, both together: detections that show
the person longer before and after an absence tell nothing of it."""

RATIO = 2.0
"""Largest factor between the sizes of a person who vanishes and of one who returns."""


class Tracks(NamedTuple):
    """Detections, each of which belongs to a track.

    Attributes:
        frame: [n] frames of the detections, ascending.
        keypoints: [n, n_keypoints, 3] x, y [px] and confidence; NaN for a keypoint that is not
            visible.
        track: [n] tracks of the detections, numbered from 0 in the order in which they begin.
        others: [m] frames, ascending, that show someone who is in none of the tracks.
        fps: frames per second.
    """

    frame: np.ndarray
    keypoints: np.ndarray
    track: np.ndarray
    others: np.ndarray
    fps: float

    @property
    def n_tracks(self) -> int:
        """The number of tracks."""
        return int(self.track.max(initial=-1)) + 1

    def at(self, rows: np.ndarray | slice) -> "Tracks":
        """Some of the detections, chosen by a mask or a slice."""
        return self._replace(
            frame=self.frame[rows], keypoints=self.keypoints[rows], track=self.track[rows]
        )

    def of_people(self, fewest: float) -> np.ndarray:
        """[n] whether a track has so many detections that it is no false detection."""
        return np.bincount(self.track)[self.track] >= fewest

    def ends(self, is_shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[n_tracks] first and last row of every track, of the rows of a mask [n]."""
        rows = np.flatnonzero(is_shown)
        first, last = np.zeros((2, self.n_tracks), dtype=int)
        last[self.track[rows]] = rows  # of several rows of a track, NumPy assigns the last one
        first[self.track[rows[::-1]]] = rows[::-1]
        return first, last


def joined_tracks(tracks: Tracks, fewest: float) -> np.ndarray:
    """Tracks of people, of which those of one person are made one.

    Two tracks are of one person if the second begins after the first has ended, at most
    `LONGEST_ABSENCE` later, and

    - the second begins near the place at which the first ends (of several such tracks, the nearest
      two are joined first), and the film does not show this person in other views meanwhile,
    - or the film shows this person alone at the end of the first track and at the beginning of the
      second, and nobody in between. Either the second begins in the next frame, as at a cut to
      another view; or someone walks out of the image and comes back from another side, for which
      the time has to be enough.

    Args:
        tracks: the tracks as a tracker follows them.
        fewest: number of detections from which on a track is no false detection. Shorter tracks
            are joined with tracks that are near, and count as nobody otherwise.

    Returns:
        [n] tracks; one that is made of several has the smallest of their numbers.
    """
    tracks = tracks._replace(track=_joined_where_near(tracks, fewest))
    certain, track = tracks.of_people(fewest), tracks.track.copy()
    track[certain] = _joined_where_alone(tracks.at(certain))
    return track


def _joined_where_near(tracks: Tracks, fewest: float) -> np.ndarray:
    """Tracks [n], joined where someone who is absent for `LONGEST_ABSENCE` at most returns near by.

    The tracker has decided about absences up to `LONGEST_LOSS`: it takes the motion into account.
    Nobody returns who is not absent: in a film that is cut to another view and back, the tracks of
    one person follow each other without a gap.
    """
    frame, shortest, longest = tracks.frame, LONGEST_LOSS * tracks.fps, LONGEST_ABSENCE * tracks.fps
    first, last = tracks.ends(np.full(len(frame), True))
    pairs = [np.empty((0, 2), int)]
    for number, row in enumerate(first):
        absence = frame[row] - frame[last] - 1  # negative for tracks that have not ended
        ended = np.flatnonzero((absence > shortest) & (absence <= longest))
        pairs.append(np.column_stack([ended, np.full(len(ended), number)]))
    before, after = np.concatenate(pairs).T
    nearest, shown = _around_absences(tracks, before, after)
    distance = np.minimum(nearest.distance, shown.distance)
    certain = tracks.at(tracks.of_people(fewest))
    near = distance <= REACH
    for pair in np.flatnonzero(near):
        vanishes, returns = frame[last[before[pair]]], frame[first[after[pair]]]
        near[pair] = not _is_one_person(certain, vanishes, returns)
    before, after = before[near], after[near]
    chosen = nearest_pairs(before, after, distance[near])
    joined = np.arange(len(first))
    # A track begins after the one that it continues, so that one has its final number already.
    for pair in sorted(chosen, key=after.__getitem__):
        joined[after[pair]] = joined[before[pair]]
    return joined[tracks.track]


def _is_one_person(tracks: Tracks, first: int, last: int) -> bool:
    """Whether all detections from the first to the last frame are of one person, who is alone."""
    if np.searchsorted(tracks.others, first) < np.searchsorted(tracks.others, last + 1):
        return False
    begin, end = np.searchsorted(tracks.frame, [first, last + 1])
    between = tracks.at(slice(begin, end))
    return show_one_person(between.frame, between.keypoints, between.track)


class _Pairs(NamedTuple):
    """Pairs of detections, the first of which is before an absence, the second after it.

    Attributes:
        distance: [n] distances of the two people, as `_distances` has them.
        seconds: [n] times between the two detections.
    """

    distance: np.ndarray
    seconds: np.ndarray


def _around_absences(
    tracks: Tracks, before: np.ndarray, after: np.ndarray
) -> tuple[_Pairs, _Pairs]:
    """Detections around the absences between tracks: the nearest, and those that show the person.

    Someone who walks out of the image shows less and less of the body, and comes back with other
    parts first, so that the last and the first detection tell little about who it is.

    Args:
        tracks: the tracks.
        before: [n] numbers of those that end.
        after: [n] numbers of those that begin later.

    Returns:
        The last detection of each track that ends and the first of the one that begins; the last
        and the first detection that show the person, infinitely far apart where they are more than
        `LEAVING` away from the absence.
    """
    count = np.isfinite(tracks.keypoints[..., 0]).sum(axis=1)
    most = np.zeros(tracks.n_tracks, dtype=int)
    np.maximum.at(most, tracks.track, count)

    def pairs(is_shown: np.ndarray) -> _Pairs:
        first, last = tracks.ends(is_shown)
        one, other = last[before], first[after]
        seconds = (tracks.frame[other] - tracks.frame[one]) / tracks.fps
        return _Pairs(_distances(tracks.keypoints[one], tracks.keypoints[other]), seconds)

    nearest, shown = pairs(count > 0), pairs(count >= SHOWN * most[tracks.track])
    is_recent = shown.seconds - nearest.seconds <= LEAVING
    return nearest, shown._replace(distance=np.where(is_recent, shown.distance, np.inf))


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """[n] distances between people [n, n_keypoints, 3], relative to their sizes.

    The posture may change in the absence. The places of two people are therefore the means of the
    keypoints that are visible in both, and their sizes the spreads of these keypoints. Infinite
    where fewer than two are visible in both, or where the sizes differ by more than `RATIO`.
    """
    common = common_keypoints(one, other)
    smaller, larger = np.sort(common.size, axis=0)
    distance = np.linalg.norm(common.place[1] - common.place[0], axis=1)
    is_similar = (smaller > 0) & (larger <= RATIO * smaller)
    return np.where(is_similar, distance / np.maximum(larger, 1e-9), np.inf)


def _joined_where_alone(tracks: Tracks) -> np.ndarray:
    """Tracks [n], of which two are one where the first ends alone and the second begins alone."""
    frame, track, others = tracks.frame, tracks.track, tracks.others
    _, first, count = np.unique(frame, return_index=True, return_counts=True)
    alone = (count[:-1] == 1) & (count[1:] == 1) & (track[first[:-1]] != track[first[1:]])
    before, after = first[:-1][alone], first[1:][alone]
    n_frames = frame[after] - frame[before]
    nearest, shown = _around_absences(tracks, track[before], track[after])
    returns = nearest.distance <= REACH + SPEED * nearest.seconds
    returns |= shown.distance <= REACH + SPEED * shown.seconds
    returns &= n_frames <= LONGEST_ABSENCE * tracks.fps
    no_others = np.searchsorted(others, frame[before]) == np.searchsorted(others, frame[after] + 1)
    is_same = ((n_frames == 1) | returns) & no_others
    joined = np.arange(tracks.n_tracks)
    for last, begin in zip(before[is_same], after[is_same], strict=True):
        ended, begun = track[last], track[begin]
        if (track[begin:] != ended).all() and (track[:begin] != begun).all():
            joined[begun] = joined[ended]
    return joined[track]
