"""2D keypoints of a film in, 3D poses out: for people who have a detector and no calibration."""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gan import GanBuilder
from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.smoothing import smooth
from human_pose_util.keypoints.swaps import person_size, unswap
from human_pose_util.registry import get_converter, get_skeleton
from human_pose_util.skeleton.keypoints import Sighting, sighting
from human_pose_util.transforms import inverse_transform_frame, transform_frame
from inference.model.camera_knowledge import Camera
from inference.model.observations import Observations, observe
from inference.objective.frame_objective import Weights
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import Options, PoseOptimizer
from inference.search.proposals import proposer_for
from inference.solvers.status import Status
from lifting.film_camera import FilmCamera, floor_seen, level_view, place_of
from lifting.keypoint_checks import check_height, cleaned
from lifting.lifted import Lifted
from lifting.windows import Window, joined, taken, windows_of

if TYPE_CHECKING:
    from lifting.lift_stream import LiftStream

SMOOTHNESS = 3e-6
"""Weight of the motion's smoothness: for a walk filmed at 24 to 60 Hz, between jitter and lag."""

PERSON = 390.0
"""How large people were in the images that the weights were chosen for; images are scaled to it."""

MISFIT, UNSURE = 5.0, 12.0
"""Errors of a keypoint, in such an image [px], that halve its weight, and that make it useless."""

SAMPLE, TELLING = 512, 6
"""Frames that tell the person's size and the focal length, and joints that they had better show."""

FEWEST, SMALLEST = 3, 4.0
"""Joints that have to be seen, in one frame or another, and how large a person has to be [px]."""

ROBUST = 15.0
"""Error of a keypoint beyond which it pulls less, in such an image [px]."""

PROPOSING = Weights(critic=3e-5, prior=3e-6, proposal=2e-6)
PLAIN = Weights(prior=3e-5)
"""Weights for GANs with and without a proposal network."""

TOL = 5e-3
"""Relative change of the cost at which a fit stops."""

TALLEST = 95
"""Percentile of the heights of generated poses that is a person's who stands upright."""


class PoseLifter:
    """Lifts keypoints with one GAN; compiled at its first use.

    Args:
        gan_id: a trained GAN, or a `GanBuilder`. "demo" comes with the repository.
        gan_params_dir: where parameter files are, if not in the repository.
        models_dir: where models are, if not in the repository.
        smoothness: weight of half the squared joint velocities; 0: every frame for itself.
        contacts: weight of the smallest squared joint speed in every time step, which makes feet
            stand still; 0: not used.
    """

    def __init__(
        self,
        gan_id: str | GanBuilder,
        gan_params_dir: Path | None = None,
        models_dir: Path | None = None,
        smoothness: float = SMOOTHNESS,
        contacts: float = 0.0,
    ):
        is_id = isinstance(gan_id, str)
        self.gan = GanBuilder(gan_id, gan_params_dir, models_dir) if is_id else gan_id
        self._motion = {"smoothness": smoothness, "glide": contacts}
        self._optimizers: dict[tuple, PoseOptimizer] = {}

    def lift(
        self,
        keypoints,
        skeleton: str = "coco17",
        size: Sequence[float] = (1920, 1080),
        fps: float = 30.0,
        camera: FilmCamera | None = None,
        height: float | None = None,
        progress: Callable[[int], Any] = lambda n: None,
    ) -> Lifted:
        """Lift the keypoints of one person.

        Args:
            keypoints: [n_frames, n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN or
                confidence 0: not seen.
            skeleton: of the keypoints: "coco17", "coco18", "body25", or any registered one.
            size: (width, height) of the image, px.
            fps: frames per second.
            camera: what is known of it; by default nothing.
            height: of the person, standing, in metres; by default what is likely.
            progress: is told how many more frames are done.

        Returns:
            The poses.

        Raises:
            SpecError: no such skeleton, or one that has too little in common with the GAN's; a
                size, rate or height that is none.
            DataError: the GAN is not trained, keypoints of another shape, nothing is seen, or a
                camera that cannot have seen it.
        """
        camera, seen = camera or FilmCamera(), self.sighting(skeleton)
        check_height(height)
        given = cleaned(keypoints, seen, size, fps)
        if (seen.observe(given)[1] > 0).any(axis=0).sum() < FEWEST:
            raise DataError(f"the keypoints show no person: fewer than {FEWEST} joints are seen")
        person = person_size(given)
        if person < SMALLEST:
            raise DataError(f"the keypoints show no person: all lie within {person:.0f} pixels")
        paths = smooth(unswap(given, get_skeleton(skeleton), fps), fps, person)
        off = paths.std * PERSON / person
        weights = np.where(off < UNSURE, 1 / (1 + (off / MISFIT) ** 2), 0.0)
        smoothed = np.concatenate([paths.keypoints[..., :2], weights[..., None]], axis=2)
        observed = self.observe(smoothed, seen, person, size, fps, camera)
        if not observed.seen.any():
            raise DataError("no keypoint lies before the camera: its f or c cannot be right")
        observed = self._calibrated(observed, seen, camera, height)
        result = self._fit(observed, seen, camera, progress)
        p3c = self.in_camera(result, observed, camera)
        placed = camera.is_placed
        place = place_of(observed) if placed else level_view(*floor_seen(result, p3c))
        return self.lifted(result, p3c, place, seen, given, person, fps)

    def stream(self, **options) -> "LiftStream":
        """A stream that lifts frame by frame; options as of `lifting.lift_stream.LiftStream`."""
        from lifting.lift_stream import LiftStream

        return LiftStream(self, **options)

    def sighting(self, skeleton: str) -> Sighting:
        """What keypoints show of the GAN's skeleton."""
        source, keypoints = self.gan.skeleton, get_skeleton(skeleton)
        try:
            converter = get_converter(source.id, keypoints.id)
        except SpecError:
            converter = None
        return sighting(source, keypoints, converter)

    @staticmethod
    def observe(
        keypoints: np.ndarray,
        seen: Sighting,
        person: float,
        size: Sequence[float],
        fps: float,
        camera: FilmCamera,
        height: float | None = None,
    ) -> Observations:
        """Keypoints as the optimiser takes them, in an image in which a person is `PERSON` large.

        What is not known of the camera is what is likely.
        """
        p2, weights = seen.observe(keypoints)
        unit = 1000.0 * person / PERSON
        f = np.array(camera.f or [max(size)] * 2, float)
        c = np.array(camera.c or [side / 2 for side in size], float)
        r = np.eye(3) if camera.r is None else np.array(camera.r, float)
        t = np.zeros(3) if camera.t is None else np.array(camera.t, float) / 1000
        return observe(p2 / unit, r, t, f / unit, c / unit, 1 / fps, weights, height)

    def _calibrated(
        self, observed: Observations, seen: Sighting, camera: FilmCamera, height: float | None
    ) -> Observations:
        """The same with the person's size, and the focal length if it is not known.

        Both are fitted to a sample of the frames, each of which is fitted for itself.
        """
        if height is not None:
            observed = replace(observed, height=height / self.stature)
            if camera.f is not None:
                return observed
        enough = np.flatnonzero((observed.weights > 0).sum(axis=1) >= TELLING)
        if not len(enough):
            enough = np.flatnonzero(observed.seen)
        n = min(len(enough), SAMPLE)
        chosen = enough[np.linspace(0, len(enough) - 1, n).round().astype(int)]
        intrinsics = "focal" if camera.f is None else "known"
        optimizer = self.optimizer(seen, camera, intrinsics, height is not None, coupled=False)
        fit = optimizer.infer([taken(observed, chosen)])[0]
        ratio = np.median(fit.f / observed.f[chosen], axis=0)
        return replace(observed, height=fit.scale, f=observed.f * ratio)

    def _fit(
        self,
        observed: Observations,
        seen: Sighting,
        camera: FilmCamera,
        progress: Callable[[int], Any],
    ) -> InferenceResult:
        """Poses in windows that share a few frames."""
        optimizer = self.optimizer(seen, camera)

        def fit(window: Window) -> InferenceResult:
            return optimizer.infer([taken(observed, slice(window.first, window.last))])[0]

        windows = windows_of(len(observed))
        results = []
        with ThreadPoolExecutor(2) as pool:
            # The first one compiles.
            for result in itertools.chain([fit(windows[0])], pool.map(fit, windows[1:])):
                window = windows[len(results)]
                results.append(result)
                progress(window.high - window.low)
        return joined(results, windows)

    def in_camera(
        self, result: InferenceResult, observed: Observations, camera: FilmCamera
    ) -> np.ndarray:
        """Poses [n_frames, n_joints, 3] of the GAN's joints in the camera's frame, mm."""
        poses = 1000 * result.p3w[:, : self.gan.skeleton.n_joints].astype(np.float64)
        return transform_frame(poses, *place_of(observed)) if camera.is_placed else poses

    def lifted(
        self,
        result: InferenceResult,
        p3c: np.ndarray,
        place: tuple[np.ndarray, np.ndarray],
        seen: Sighting,
        given: np.ndarray,
        person: float,
        fps: float,
    ) -> Lifted:
        """The result in the world, in mm and px.

        Args:
            result: of the optimiser.
            p3c: [n_frames, n_joints, 3] its poses in the camera's frame, mm.
            place: r [3, 3] and t [3] of the camera, mm.
            seen: which keypoints show which joints.
            given: [n_frames, n_keypoints, 3] the keypoints, as detected.
            person: their size in the image [px].
            fps: frames per second.
        """
        shown = seen.observe(given)[1][:, : self.gan.skeleton.n_joints] > 0
        return Lifted(
            p3w=inverse_transform_frame(p3c, *place),
            p3c=p3c,
            skeleton=self.gan.skeleton,
            extrapolated=~shown,
            status=np.where(shown.any(axis=1), result.status, Status.NO_OBSERVATIONS),
            cost=result.cost,
            r=place[0],
            t=place[1],
            f=result.f[0] * 1000 * person / PERSON,
            c=result.c[0] * 1000 * person / PERSON,
            fps=fps,
            height=1000 * result.scale * self.stature,
            sighting=seen,
        )

    @cached_property
    def stature(self) -> float:
        """How tall a person is who stands upright, in the heights in which poses are measured."""
        heights = self.gan.sample(1024)[..., 2]
        head = [j for j, name in enumerate(self.gan.skeleton.joints) if name.startswith("head")]
        extents = heights[:, head].max(axis=1) - heights.min(axis=1)
        return float(np.percentile(extents, TALLEST))

    def optimizer(
        self,
        seen: Sighting,
        camera: FilmCamera,
        intrinsics: str = "known",
        height_known: bool = True,
        coupled: bool = True,
        robust: bool = False,
    ) -> PoseOptimizer:
        """An optimiser for keypoints of one kind, compiled at its first use.

        Args:
            seen: which keypoints show which joints.
            camera: whether its place is known.
            intrinsics: "known", or "focal" to solve for the focal length.
            height_known: whether the person's size is.
            coupled: fit frames together with their neighbours.
            robust: let keypoints that are far off pull less.
        """
        known = Camera(extrinsics="known" if camera.is_placed else "unknown", intrinsics=intrinsics)
        key = (seen.converter.target.id, known, height_known, coupled, robust)
        if key not in self._optimizers:
            proposes = self.gan.params.proposal is not None
            weights = PROPOSING if proposes else PLAIN
            if coupled:
                weights = replace(weights, **self._motion)
            if robust:
                weights = replace(weights, robust_loss="geman_mcclure", robust_scale=ROBUST / 1000)
            self._optimizers[key] = PoseOptimizer(
                self.gan.generator,
                self.gan.critic,
                seen.converter,
                weights,
                Options(
                    n_starts=1 if proposes else 8, tol=TOL, max_iterations=None if coupled else 1
                ),
                camera=known,
                height_known=height_known,
                proposer=proposer_for(self.gan, 0.0 if proposes else None),
            )
        return self._optimizers[key]
