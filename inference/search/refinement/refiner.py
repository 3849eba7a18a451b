"""What the search asks of a refinement: a result whose poses are refined."""

from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton
from inference.model.body import Bones
from inference.model.contacts import contacts
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.search.refinement.objective import DRIFT, STAND, RefinementObjective
from inference.search.refinement.offsets import OffsetPrior
from inference.search.refinement.steps import minimize
from inference.settings import SearchSettings

N_FRAMES = 64
"""Number of frames that tell the lengths of bones, where nothing else does."""

CHUNK, MARGIN = 512, 32
"""Number of frames that are refined at once, and of those before and after them that are refined
along with them: an offset tells of those a quarter of a second away, and hardly of others."""


class Refiner:
    """Refines the poses of results.

    Args:
        skeleton: skeleton of the poses.
        settings: how to search; they have a `refinement`.
        pixel_scale: the unit of image points [px].
    """

    def __init__(self, skeleton: Skeleton, settings: SearchSettings, pixel_scale: float):
        if settings.refinement is None:
            raise ValueError("the settings have no refinement")
        self._skeleton, self._settings, self._bones = skeleton, settings, Bones.of(skeleton)
        self._error = settings.refinement / pixel_scale
        self._robust_scale = settings.robust_scale / pixel_scale

    def __call__(self, result: InferenceResult, observed: Observations) -> InferenceResult:
        """The result with refined poses, and the lengths to which their bones are held.

        A frame keeps its fitted pose where nothing is observed, where it has no finite pose, or
        where a joint is behind the camera; in a motion it then moves as the frames around it do.

        Args:
            result: a result, in any unit of lengths.
            observed: what it is fitted to, in the same unit; lengths that it does not have follow
                from the result.
        """
        lengths = observed.refined_lengths
        if lengths is None:
            lengths = self.lengths(result, observed)
        p3w = self._refined(result.p3w, result, observed, lengths)
        hypotheses = result.hypotheses_p3w
        if hypotheses is not None:
            others = [self._refined(one, result, observed, lengths) for one in hypotheses[1:]]
            hypotheses = np.stack([p3w, *others])
        return replace(result, p3w=p3w, refined_lengths=lengths, hypotheses_p3w=hypotheses)

    def lengths(self, result: InferenceResult, observed: Observations) -> np.ndarray:
        """Lengths of bones [n_kinds] that a few frames tell, in subject heights.

        Args:
            result: a result.
            observed: what it is fitted to.
        """
        # Frames far apart: no motion joins them, and nothing stands from one to the next.
        fit = _Fit.of(result.p3w, result, observed, np.zeros(observed.weights.shape))
        if not len(fit.rows):
            return result.lengths
        fit = fit.at(evenly_spaced(len(fit.rows), N_FRAMES))
        kinds = np.arange(len(result.lengths))
        _, objective = self._objective(fit, result.lengths, kinds, couples=False)
        return minimize(objective).lengths

    def _refined(
        self,
        p3w: np.ndarray,
        result: InferenceResult,
        observed: Observations,
        lengths: np.ndarray,
    ) -> np.ndarray:
        """Refined poses [n_frames, n_joints, 3] with bones of known lengths.

        Args:
            p3w: [n_frames, n_joints, 3] poses, those of the result or hypotheses.
            result: the result.
            observed: what it is fitted to.
            lengths: [n_kinds] lengths of bones [subject heights].
        """
        couples, none = self._settings.ties_frames, np.zeros(0, int)
        fit = _Fit.of(p3w, result, observed, self._contact(p3w, observed))
        if not len(fit.rows):
            return p3w
        moved = np.zeros(p3w.shape)
        for first in range(0, len(fit.rows), CHUNK):
            begin = max(first - MARGIN, 0)
            part = fit.at(slice(begin, first + CHUNK + MARGIN))
            prior, objective = self._objective(part, lengths, none, couples)
            offsets = prior.follow @ minimize(objective).offsets
            own = slice(first - begin, first - begin + CHUNK)
            moved[part.rows[own]] = offsets[own]
        if couples:
            # A drift is straight where no frame tells of it.
            frames, columns = np.arange(len(p3w)), moved[fit.rows].reshape(len(fit.rows), -1).T
            straight = [np.interp(frames, fit.rows, column) for column in columns]
            moved = np.stack(straight, axis=1).reshape(p3w.shape)
        turned = moved if result.frame == "camera" else moved @ observed.camera.r
        return (p3w + result.scale * turned).astype(p3w.dtype)

    def _contact(self, p3w: np.ndarray, observed: Observations) -> np.ndarray:
        """[n_frames, n_joints] how sure it is that joints of poses stand still."""
        if not self._settings.has_contacts:
            return np.zeros(observed.weights.shape)
        is_told = observed.tells_pose & np.isfinite(p3w).all(axis=(1, 2))
        # A pose that is not finite stands nowhere; as zeros it spoils no average over time.
        poses = np.where(is_told[:, None, None], p3w, 0.0)
        return contacts(observed, self._skeleton, poses, is_told)

    def _objective(
        self, fit: "_Fit", lengths: np.ndarray, free: np.ndarray, couples: bool
    ) -> tuple[OffsetPrior, RefinementObjective]:
        """The objective of frames, and the prior that it holds.

        Args:
            fit: the frames.
            lengths: [n_kinds] lengths of bones [subject heights].
            free: the kinds of bones whose lengths are solved for.
            couples: whether offsets drift from frame to frame; else frames are independent.
        """
        is_shown = np.asarray((fit.weights > 0).any(axis=0))
        prior = OffsetPrior.of(self._skeleton, is_shown)
        coupling = np.zeros((len(fit.rows) - 1, is_shown.sum()))
        if couples:
            seconds = fit.dt * np.diff(fit.rows)[:, None]
            stands = fit.contact[1:, is_shown]
            coupling = (DRIFT**-2 + stands * STAND**-2) / seconds
        objective = RefinementObjective(
            poses=fit.poses[:, is_shown],
            p2=fit.p2[:, is_shown],
            weights=fit.weights[:, is_shown],
            f=fit.f,
            error=self._error,
            robust_loss=self._settings.robust_loss,
            robust_scale=self._robust_scale,
            stiffness=prior.stiffness,
            coupling=coupling,
            bones=self._bones.among(is_shown),
            first_lengths=lengths.astype(float),
            free=free,
        )
        return prior, objective


@dataclass(frozen=True)
class _Fit:
    """Frames of a result that can be refined.

    Attributes:
        rows: [n] the numbers of the frames, which increase.
        poses: [n, n_joints, 3] poses in the camera's frame [subject heights].
        p2: [n, n_joints, 2] image points about the principal point.
        weights: [n, n_joints] their confidences.
        f: [n, 2] focal lengths.
        contact: [n, n_joints] how sure it is that joints stand still from the frame before.
        dt: time between frames of the result [s].
    """

    rows: np.ndarray
    poses: np.ndarray
    p2: np.ndarray
    weights: np.ndarray
    f: np.ndarray
    contact: np.ndarray
    dt: float

    @classmethod
    def of(
        cls, p3w: np.ndarray, result: InferenceResult, observed: Observations, contact: np.ndarray
    ) -> "_Fit":
        """The frames of poses of a result, without those that show no joint or have no pose.

        Args:
            p3w: [n_frames, n_joints, 3] poses, in the frame of the result.
            result: the result.
            observed: what it is fitted to.
            contact: [n_frames, n_joints] how sure it is that joints stand still.
        """
        camera = result.camera
        poses = p3w if result.frame == "camera" else camera.to_camera(p3w)
        poses = np.asarray(poses, float) / result.scale
        is_ahead = np.isfinite(poses).all(axis=2) & (poses[..., 2] > 0)
        rows = np.flatnonzero(is_ahead.all(axis=1) & observed.has_joints)
        p2 = observed.p2 - camera.c[:, None]
        fit = cls(np.arange(len(p3w)), poses, p2, observed.weights, camera.f, contact, observed.dt)
        return fit.at(rows)

    def at(self, rows) -> "_Fit":
        """Some of the frames: an index array or a slice."""
        return _Fit(
            rows=self.rows[rows],
            poses=self.poses[rows],
            p2=self.p2[rows],
            weights=self.weights[rows],
            f=self.f[rows],
            contact=self.contact[rows],
            dt=self.dt,
        )
