"""Calibration: the bodies of people and the focal lengths of shots, from a sample of the frames."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.sampling import evenly_spaced
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import execution_for
from lifting.fit.exchanged_limbs import N_EXCHANGED, exchange_gain, with_limbs_exchanged
from lifting.fit.film_searches import FilmSearches
from lifting.fit.takes import Take, by_shot
from lifting.stance.balance import can_balance, stance_joints
from lifting.stance.film_poses import FilmPoses

N_FRAMES, TELLING_JOINTS = 64, 6
"""Number of frames of a take that tell the person's body and the focal length, and number of
observed joints that each should have. With 128 frames, errors of films are the same."""


@dataclass(frozen=True)
class Calibration:
    """What the sample of a take tells.

    Attributes:
        take: the take, with the sample.
        n_frames: number of frames of the sample.
        height: height of the person, as generated poses have it [m].
        lengths: [n_kinds] lengths of the person's bones [subject heights].
        f: [2] focal lengths [px].
        exchange_gain: by what factor the cost falls if legs, arms or both are exchanged.
    """

    take: Take
    n_frames: int
    height: float
    lengths: np.ndarray
    f: np.ndarray
    exchange_gain: float


def calibrate(
    people: Mapping[int, Sequence[Take]], searches: FilmSearches
) -> dict[int, list[Take]]:
    """The takes of people, with the people's bodies and the focal lengths, and what they tell.

    A person has one body in all shots, and a shot has one focal length for all people: means over
    what the takes tell, weighted by their numbers of frames.

    Args:
        people: the takes of each person.
        searches: the searches with the GAN.
    """
    calibrations = {
        number: [_calibration(take, searches) for take in takes] for number, takes in people.items()
    }
    of_shots = by_shot(itertools.chain.from_iterable(calibrations.values()), lambda c: c.take.shot)
    # Focal lengths are compared by their ratios, so their mean is a geometric one.
    focal = {shot: np.exp(_mean(shown, lambda c: np.log(c.f))) for shot, shown in of_shots.items()}
    return {
        number: [_calibrated(c, of_person, focal[c.take.shot]) for c in of_person]
        for number, of_person in calibrations.items()
    }


def sample_takes(takes: Sequence[Take], n_frames: int, searches: FilmSearches) -> list[Take]:
    """Takes, each with the poses and the focal lengths that a few frames tell.

    Args:
        takes: takes of one film and of keypoints of one skeleton, at least one.
        n_frames: number of frames of each sample; those that hide how the person stands have no
            pose.
        searches: the searches with the GAN.
    """
    samples = [_sample(take, n_frames) for take in takes]
    execution, seen = execution_for(sum(map(len, samples))), takes[0].seen
    search = searches.search("calibration", seen.mapping, seen.film, execution)
    pairs = list(zip(takes, samples, strict=True))
    results = search.infer([take.observed.at(sample) for take, sample in pairs])
    answers = []
    for (take, sample), result in zip(pairs, results, strict=True):
        observed = replace(take.observed, camera=_with_f(take, _focal(result)))
        answers.append(replace(_sampled(take, sample, result, searches), observed=observed))
    return answers


def _sample(take: Take, n_frames: int) -> np.ndarray:
    """The frames of a take that tell most, `n_frames` at most, in order of time."""
    # Frames of few joints fit any body; they count only where the film has no others.
    telling = np.flatnonzero((take.observed.weights > 0).sum(axis=1) >= TELLING_JOINTS)
    if not len(telling):
        telling = np.flatnonzero(take.observed.has_joints)
    return telling[evenly_spaced(len(telling), n_frames)]


def _focal(result: InferenceResult) -> np.ndarray:
    """[2] focal lengths of the sample of a take, in the unit of its image points."""
    return np.median(result.camera.f, axis=0)


def _with_f(take: Take, f: np.ndarray) -> Camera:
    """The camera of a take with focal lengths [2] in the take's unit; known ones stay."""
    camera = take.observed.camera
    if take.seen.film.camera.f is None:
        camera = replace(camera, f=np.tile(f, (len(take), 1)))
    return camera


def _calibration(take: Take, searches: FilmSearches) -> Calibration:
    """What frames of a take tell, each of which is fitted by itself otherwise."""
    observed, sample = take.observed, _sample(take, N_FRAMES)
    # The sample and its variants with limbs exchanged are one call: calls take time of their own.
    few = evenly_spaced(len(sample), N_EXCHANGED)
    variants = with_limbs_exchanged(observed.at(sample[few]), take.seen.mapping)
    execution = execution_for(len(sample) + sum(map(len, variants)))
    search = searches.search("calibration", take.seen.mapping, take.seen.film, execution)
    result, *exchanged = search.infer([observed.at(sample), *variants])
    f = take.seen.unit * _focal(result)
    others = [searches.comparable(other.cost) for other in exchanged]
    gain = exchange_gain(searches.comparable(result.cost[few]), others)
    take = _sampled(take, sample, result, searches)
    return Calibration(take, len(sample), result.scale, result.lengths, f, gain)


def _sampled(
    take: Take, sample: np.ndarray, result: InferenceResult, searches: FilmSearches
) -> Take:
    """The take with those poses of its sample that show how the person stands.

    There are none of a skeleton for which `can_balance` does not hold, nor before a camera whose
    place is known.

    Args:
        take: the take.
        sample: the frames of the sample.
        result: what was fitted to them.
        searches: the searches with the GAN.
    """
    skeleton = searches.skeleton
    if result.up is None or not can_balance(skeleton):
        return take
    is_shown = take.observed.weights[sample] > 0
    rows = is_shown[:, stance_joints(skeleton)].all(axis=1)
    poses = FilmPoses(
        searches.in_camera(result)[rows],
        result.up[rows],
        is_shown[rows, : skeleton.n_joints],
    )
    return replace(take, sample=poses, sample_frames=sample[rows])


def _calibrated(calibration: Calibration, of_person: Sequence[Calibration], f: np.ndarray) -> Take:
    """The take of a calibration, with the body and the focal lengths that means tell.

    Args:
        calibration: the calibration.
        of_person: those of all takes of the person, which tell the body.
        f: [2] focal lengths of the shot [px].
    """
    take = calibration.take
    observed = replace(
        take.observed,
        height=float(_mean(of_person, lambda c: c.height)),
        lengths=_mean(of_person, lambda c: c.lengths),
        camera=_with_f(take, f / take.seen.unit),
    )
    return replace(take, observed=observed, exchange_gain=calibration.exchange_gain)


def _mean(
    calibrations: Sequence[Calibration], value: Callable[[Calibration], float | np.ndarray]
) -> np.ndarray:
    """The mean of a value of calibrations, weighted by their numbers of frames."""
    weights = [calibration.n_frames for calibration in calibrations]
    return np.average([value(c) for c in calibrations], axis=0, weights=weights)
