"""What the pictures of a sequence show: poses, truth, observations, camera, errors, as arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, repeat

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.film.film_file import FilmFile
from human_pose_util.skeleton import Skeleton

ELEVATION = 14.0
"""Default elevation of the eye [degrees]."""


@dataclass(frozen=True, eq=False)
class Scene:
    """An inferred sequence and what it can be compared with.

    Positions are in the world frame (z up, floor at z = 0) in mm. Joints that are NaN are not
    drawn. Every attribute with a default is optional.

    Attributes:
        skeleton: the joints and bones.
        p3w: [n_frames, n_joints, 3] inferred poses.
        fps: frames per second.
        truth_p3w: [n_frames, n_joints, 3] true poses.
        p2: [n_frames, n_joints, 2] observed joints in the image [px].
        projected_p2: [n_frames, n_joints, 2] inferred poses projected into the image [px].
        error: [n_frames] error of each pose [mm].
        joint_error: [n_frames, n_joints] error of each joint [mm].
        std: [n_frames, n_joints] standard deviation of each joint [mm].
        hypotheses_p3w: [k, n_frames, n_joints, 3] other poses that fit the observations.
        doubt: name of a person → [n_frames] 1 where the pose is in doubt, 0 where it is not, NaN
            where the person is absent.
        camera: the camera of the observations, or the cameras of all frames.
        film: the film in which the joints are observed; films of the scene show it behind them.
        first_frame: number of the frame of the film, from 0, that belongs to the first pose.
        error_name: name of the metric of `error`.
        title: one line that describes the scene.
        unit: unit in which positions are displayed.
        unit_scale: factor from the unit of the positions to `unit`; by default from mm to m.
        view: elevation and azimuth of the eye [degrees]; by default beside the first camera.

    Raises:
        DataError: there are no frames, the arrays have shapes that do not fit together, or the
            frame rate is not positive.
    """

    skeleton: Skeleton
    p3w: np.ndarray
    fps: float
    truth_p3w: np.ndarray | None = None
    p2: np.ndarray | None = None
    projected_p2: np.ndarray | None = None
    error: np.ndarray | None = None
    joint_error: np.ndarray | None = None
    std: np.ndarray | None = None
    hypotheses_p3w: np.ndarray | None = None
    doubt: Mapping[str, np.ndarray] | None = None
    camera: Camera | None = None
    film: FilmFile | None = None
    first_frame: int = 0
    error_name: str = "P-MPJPE"
    title: str = ""
    unit: str = "m"
    unit_scale: float = 1e-3
    view: tuple[float, float] | None = None

    def __post_init__(self):
        n, j = self.n_frames, self.skeleton.n_joints
        name_in_error = self.title or "the scene"
        if n == 0:
            raise DataError(f"{name_in_error} has no frames to show")
        shapes = {
            "p3w": (n, j, 3), "truth_p3w": (n, j, 3), "p2": (n, j, 2), "projected_p2": (n, j, 2),
            "error": (n,), "joint_error": (n, j), "std": (n, j),
            "hypotheses_p3w": (*np.asarray(self.hypotheses_p3w).shape[:1], n, j, 3),
        }  # fmt: skip
        values = {name: getattr(self, name) for name in shapes}
        for person, value in (self.doubt or {}).items():
            values[f"doubt of {person}"], shapes[f"doubt of {person}"] = value, (n,)
        if self.camera is not None and self.camera.is_of_frames:
            values["camera"], shapes["camera"] = self.camera.t, (n, 3)
        for name, shape in shapes.items():
            value = values[name]
            if value is not None and np.shape(value) != shape:
                raise DataError(
                    f"{name_in_error}: {name} has shape {np.shape(value)}, "
                    f"expected {shape} for skeleton {self.skeleton.id!r}"
                )
        if not self.fps > 0:
            raise DataError(f"{name_in_error}: fps is {self.fps}, expected > 0")

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.p3w)

    @property
    def times(self) -> np.ndarray:
        """[n_frames] times of the poses in the film [s]."""
        return (self.first_frame + np.arange(self.n_frames)) / self.fps

    @property
    def poses_2d(self) -> list[tuple[np.ndarray, bool]]:
        """2D poses [n_frames, n_joints, 2] in drawing order, and whether each is drawn in grey.

        Observed joints are in grey if there are projected poses, which are drawn over them.
        """
        observed, projected = self.p2, self.projected_p2
        poses = [] if observed is None else [(observed, projected is not None)]
        return poses if projected is None else [*poses, (projected, False)]

    @property
    def display_poses(self) -> np.ndarray:
        """[n_frames, n_joints, 3] the inferred poses in the unit of the pictures."""
        return self.bodies[-1]

    @cached_property
    def bodies(self) -> list[np.ndarray]:
        """The true poses, if there are any, and the inferred ones, in the unit of the pictures."""
        poses = [p3w for p3w in (self.truth_p3w, self.p3w) if p3w is not None]
        return [np.asarray(p3w, dtype=float) * self.unit_scale for p3w in poses]

    @cached_property
    def bounds(self) -> np.ndarray:
        """[3, 2] the box around all poses and the floor, as the pictures show them."""
        return ground_bounds(*self.bodies, margin=0.25)

    @property
    def finite_error(self) -> np.ndarray:
        """[n] the errors that are defined [mm]; empty without errors."""
        error = np.zeros(0) if self.error is None else np.asarray(self.error)
        return error[np.isfinite(error)]

    @property
    def eye(self) -> tuple[float, float]:
        """Elevation and azimuth of the eye [degrees]: `view`, or beside the first camera."""
        if self.view is not None:
            return self.view
        if self.camera is None:
            return ELEVATION, -60.0
        x, y, _ = self.camera.first.position - limits(self.p3w).mean(axis=1)
        # From 35 degrees aside, depth shows, which the image of the camera does not tell.
        return ELEVATION, float(np.degrees(np.arctan2(y, x))) + 35.0

    @cached_property
    def image_bounds(self) -> np.ndarray | None:
        """[2, 2] lower and upper limits of u and v around all 2D poses [px]; None without any.

        Around the poses in a film there is more of the image, but nothing outside of it.
        """
        poses = [p2 for p2, _ in self.poses_2d]
        if not poses:
            return None
        extent = max(np.ptp(limits(*poses), axis=1).max(), 1.0)
        if self.film is None:
            return limits(*poses, margin=0.12 * extent)
        image = np.array([[0.0, size] for size in self.film.size])
        bounds = np.clip(limits(*poses, margin=0.3 * extent), image[:, :1], image[:, 1:])
        return bounds if np.ptp(bounds, axis=1).min() > 1 else image

    def pictures(self, width: int) -> Iterator[np.ndarray]:
        """The frames of the film, one for each pose.

        Args:
            width: width at which `image_bounds` are shown [px]; a film with fewer pixels is not
                enlarged.

        Yields:
            [height, width, 3] uint8 RGB image, the whole frame. A film that ends before the poses
            stands still at its last frame.

        Raises:
            DataError: ffmpeg cannot read the film.
        """
        assert self.film is not None
        assert self.image_bounds is not None
        scale = min(1.0, width / np.ptp(self.image_bounds[0]))
        frames = self.film.frames(max(1, round(scale * self.film.size[0])))
        shown, picture = 0, None
        for picture in islice(frames, self.first_frame, self.first_frame + self.n_frames):
            shown += 1
            yield picture
        if picture is None:
            raise DataError(f"{self.film.path} ends before frame {self.first_frame}")
        yield from repeat(picture, self.n_frames - shown)

    def caption(self, i: int, brief: bool = False) -> str:
        """Time in the film, numbers of this frame and of the last one, and error in one line.

        Args:
            i: index of the frame.
            brief: whether to leave out the number of the frame and the name of the error.
        """
        parts = [f"{self.times[i]:.2f} s"] if self.n_frames > 1 else []
        if parts and not brief:
            last = self.first_frame + self.n_frames - 1
            parts.append(f"frame {self.first_frame + i} / {last}")
        if self.error is not None and np.isfinite(self.error[i]):
            name = "" if brief else f"{self.error_name} "
            parts.append(f"{name}{self.error[i]:.0f} mm")
        return "   ·   ".join(parts)


def limits(*positions: np.ndarray, margin: float = 0.0, least: float = 0.0) -> np.ndarray:
    """The axis-aligned box around positions.

    Args:
        *positions: [..., d] arrays; positions that are not finite are left out.
        margin: distance that is added on every side.
        least: smallest extent of the box along an axis; a smaller extent grows about its centre.

    Returns:
        [d, 2] lower and upper bounds.
    """
    flat = np.concatenate([np.reshape(p, (-1, np.shape(p)[-1])) for p in positions])
    finite = flat[np.isfinite(flat).all(axis=-1)]
    if not len(finite):
        finite = np.zeros((1, flat.shape[-1]))
    low, high = finite.min(axis=0) - margin, finite.max(axis=0) + margin
    growth = np.maximum(least - (high - low), 0) / 2
    return np.stack([low - growth, high + growth], axis=-1)


def direction(elevation: float, azimuth: float) -> np.ndarray:
    """Unit vector [3] towards the eye, from what it looks at.

    Args:
        elevation: angle above the floor [degrees].
        azimuth: angle from the x axis to the y axis [degrees].
    """
    up, turn = np.radians([elevation, azimuth])
    return np.array([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)])


def ground_bounds(*poses: np.ndarray, margin: float) -> np.ndarray:
    """The box around poses and the floor below them.

    Args:
        *poses: [..., 3] positions, z up, floor at z = 0.
        margin: distance that is added at the sides and above.

    Returns:
        [3, 2] lower and upper bounds.
    """
    bounds = limits(*poses, margin=margin)
    bounds[2, 0] = min(0.0, bounds[2, 0] + margin)
    bounds[2, 1] = max(bounds[2, 1], margin)
    return bounds
