"""The result of lifting a person's keypoints."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.evaluate.status import Status
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.mapping import KeypointMapping
from human_pose_util.units import MM_PER_M
from lifting.fit.quality import Quality, quality
from lifting.fit.unseen_frames import with_neighbours
from lifting.input.keypoint_input import Sighting
from lifting.stance.level_view import Place

if TYPE_CHECKING:
    from inference.search.inference_result import InferenceResult
    from lifting.fit.film_searches import FilmSearches

_OF_FRAMES = ("p3w", "p3c", "extrapolated", "std", "status", "cost")
"""Names of the arrays of `Lifted` that begin with the axis of its frames."""


@dataclass(frozen=True)
class Lifted:
    """A person's poses, in mm; arrays over the frames of the film in which the person is.

    Attributes:
        p3w: [n_frames, n_joints, 3] mm in the world: z up, floor at 0. Where the camera's place is
            unknown, the world is one in which the camera stands above the origin and, on average,
            looks along y.
        p3c: [n_frames, n_joints, 3] mm in the camera's frame (x right, y down, z ahead).
        skeleton: skeleton of the poses, which is the GAN's.
        extrapolated: [n_frames, n_joints] whether no keypoint showed the joint in that frame: its
            place is what the other joints, the frames around and the GAN make likely.
        std: [n_frames, n_joints] standard deviations of the joints [mm]: 68 % of the joints are not
            farther from the true ones after alignment of the whole pose.
        status: [n_frames] `human_pose_util.evaluate.status.Status` numbers.
        cost: [n_frames] values of the objective.
        camera: the camera, t in mm, f and c in px, as given or as solved for: one camera, or, in
            a film with cuts or with a camera that moves, one for each frame.
        fps: frames per second.
        height: height of the person, standing [mm], as given or as solved for.
        keypoint_mapping: which keypoints show which joints.
        quality: what speaks for and against the poses of each frame.
        turn: by how much a camera, of which that was unknown, is found to turn [degrees], at most
            in any shot.
        tilt: by how much it is found to tilt up and down [degrees], at most in any shot.
        image_turn: the angle [degrees] by which the image is turned clockwise so that people stand
            upright in it; 0 for an image that is taken as it is.
        cuts: the frames of the film at which another camera begins to film, as far as found.
        frame: number of the frame that a stream answers, which is the number of frames that came in
            before it; None for a film.
    """

    p3w: np.ndarray
    p3c: np.ndarray
    skeleton: Skeleton
    extrapolated: np.ndarray
    std: np.ndarray
    status: np.ndarray
    cost: np.ndarray
    camera: Camera
    fps: float
    height: float
    keypoint_mapping: KeypointMapping
    quality: Quality
    turn: float = 0.0
    tilt: float = 0.0
    image_turn: int = 0
    cuts: tuple[int, ...] = ()
    frame: int | None = None

    def __len__(self) -> int:
        return len(self.p3w)

    @property
    def camera_moves(self) -> bool:
        """Whether `camera` has a camera for each frame."""
        return self.camera.is_of_frames

    @property
    def cameras(self) -> Camera:
        """The camera of each frame."""
        return self.camera.over_frames(len(self))

    def at(self, i: int) -> "Lifted":
        """Frame `i` alone; negative numbers count from the end.

        Raises:
            IndexError: there is no such frame.
        """
        try:
            first = range(len(self))[i]
        except IndexError:
            raise IndexError(f"frame {i}: there are {len(self)} frames") from None
        return self.part(first, first + 1)

    def part(self, first: int, last: int) -> "Lifted":
        """The frames from `first` to before `last`."""
        rows = slice(first, last)
        arrays: dict[str, Any] = {name: getattr(self, name)[rows] for name in _OF_FRAMES}
        camera = self.camera.at(rows) if self.camera_moves else self.camera
        return replace(self, camera=camera, quality=self.quality.at(rows), **arrays)

    def keypoints(self, p3: np.ndarray | None = None) -> np.ndarray:
        """The poses in the order of the keypoints.

        Args:
            p3: [n_frames, n_joints, 3] poses; by default `p3w`.

        Returns:
            [n_frames, n_keypoints, 3]; NaN for a keypoint that is neither a joint of the skeleton
            nor the mean of several. Keypoints of a face stand at the middle of the head.
        """
        return self.keypoint_mapping.restore(self.p3w if p3 is None else p3)


def lifted_of(
    result: "InferenceResult",
    place: Place | None,
    seen: Sighting,
    searches: "FilmSearches",
    exchange_gain: float = 1.0,
) -> Lifted:
    """A result of the search in the world, in mm and px.

    Args:
        result: the result.
        place: where the camera stands; None for a camera whose place is known.
        seen: the person in the film.
        searches: the searches with the GAN.
        exchange_gain: by what factor the cost of the fit falls if left and right legs, arms, or
            both are exchanged.
    """
    p3c = searches.in_camera(result)
    camera, std = _camera(result, place, seen), _deviations(result, seen)
    height = MM_PER_M * result.scale * searches.stature
    return Lifted(
        p3w=camera.to_world(p3c),
        p3c=p3c,
        skeleton=searches.skeleton,
        extrapolated=~seen.is_shown,
        std=std,
        status=np.where(seen.has_joints, result.status, Status.NO_OBSERVATIONS),
        cost=result.cost,
        camera=camera,
        fps=seen.film.fps,
        height=height,
        keypoint_mapping=seen.mapping,
        quality=quality(p3c, result.z, camera.project(p3c), std / height, seen, exchange_gain),
    )


def _camera(result: "InferenceResult", place: Place | None, seen: Sighting) -> Camera:
    """The camera of a result, in mm and px; one for each frame where the film's camera moves."""
    # A camera that does not move is one camera, whose first row stands for all frames.
    fitted = result.camera.at(0 if seen.film.camera.n_frames is None else slice(None))
    # A search that does not know where the camera stands has the camera's frame for its world.
    r, t = place or (fitted.r, MM_PER_M * fitted.t)
    return Camera(r, t, fitted.f * seen.unit, fitted.c * seen.unit, seen.film.image_size)


def _deviations(result: "InferenceResult", seen: Sighting) -> np.ndarray:
    """Standard deviations of the joints [n_frames, n_joints] mm; NaN where none are computed."""
    if result.aligned_std is None:
        return np.full(seen.is_shown.shape, np.nan)
    # Each deviation is that of a frame by itself; the frames around bound it.
    std = result.aligned_std[:, seen.mapping.own_joints].astype(np.float64)
    return MM_PER_M * with_neighbours(std, seen.has_joints, seen.film.fps)


def joined(parts: Sequence[Lifted]) -> Lifted:
    """The poses of a person in all shots as one.

    Args:
        parts: the poses in each shot, in order of time.
    """
    if len(parts) == 1:
        return parts[0]
    # Every shot has a camera of its own, so the whole film has one for each frame.
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _OF_FRAMES
    }
    camera = Camera.concatenated([part.cameras for part in parts])
    quality = Quality(*map(np.concatenate, zip(*(part.quality for part in parts), strict=True)))
    return replace(parts[0], camera=camera, quality=quality, **arrays)
