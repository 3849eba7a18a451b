"""What a fit tells the next one of the same sequence: the trend, the contacts and the floor."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from human_pose_util.skeleton import Skeleton
from inference.model.contacts import contacts
from inference.model.floor import Floor
from inference.model.observations import Observations
from inference.model.trend import trend
from inference.search.pose_vertical import fit_vertical
from inference.settings import SearchSettings

Poses = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""x [n_frames, n_x], θ [n_theta] → poses [n_frames, n_joints, 3]."""


class FitEvidence:
    """Adds to observations what fitted poses tell, where the settings use it.

    Args:
        settings: how to search.
        poses: returns the poses of variables.
        skeleton: skeleton of the poses.
        n_z: number of latent dimensions.
        in_world: whether poses are placed in the world, where the vertical is known, or else in the
            camera's frame.
    """

    def __init__(
        self, settings: SearchSettings, poses: Poses, skeleton: Skeleton, n_z: int, in_world: bool
    ):
        self._settings, self._poses, self._skeleton = settings, poses, skeleton
        self._n_z, self._in_world = n_z, in_world

    def with_trend(
        self, observed: Observations, x: np.ndarray, theta: np.ndarray, is_told: np.ndarray
    ) -> Observations:
        """Observations with the trend of the motion.

        Args:
            observed: the observations of a sequence.
            x: [n_frames, n_x] variables of the poses.
            theta: [n_theta] sequence variables.
            is_told: [n_frames] whether a frame itself tells its pose.
        """
        if self._settings.smoothness_about == "rest":
            return observed
        p3 = self._poses(np.asarray(x, np.float32), theta).astype(np.float64)
        return replace(observed, trend=trend(p3, observed.dt, is_told))

    def with_contacts(
        self, observed: Observations, x: np.ndarray, theta: np.ndarray, is_told: np.ndarray
    ) -> Observations:
        """Observations with the feet that stand still.

        Args:
            observed: the observations of a sequence.
            x: [n_frames, n_x] variables of the poses.
            theta: [n_theta] sequence variables.
            is_told: [n_frames] whether a frame itself tells its pose.
        """
        if not self._settings.has_contacts:
            return observed
        p3 = self._poses(np.asarray(x, np.float32), theta).astype(np.float64)
        return replace(observed, contact=contacts(observed, self._skeleton, p3, is_told))

    def with_floor(
        self, observed: Observations, x: np.ndarray, theta: np.ndarray, is_told: np.ndarray
    ) -> Observations:
        """Observations with the floor on which feet stand.

        Args:
            observed: the observations of a sequence, with contacts.
            x: [n_frames, n_x] variables of the poses.
            theta: [n_theta] sequence variables.
            is_told: [n_frames] whether a frame itself tells its pose.
        """
        if not self._settings.floor_weight or observed.contact is None or not is_told.any():
            return observed
        x = np.asarray(x, np.float32)
        p3, up = self._poses(x, theta).astype(np.float64), np.array([0.0, 0.0, 1.0])
        if not self._in_world:
            # The floor is for the poses that are fitted, so it is level as they are.
            up = np.median(fit_vertical(x, self._n_z)[is_told], axis=0)
        contact, kinds = observed.contact * is_told[:, None], self._skeleton.kinds
        floor = Floor.under(p3, contact, kinds, observed.dt, up, is_vertical_known=self._in_world)
        return replace(observed, floor=floor)
