"""What a fit tells the next one of the same sequence: the trend, the contacts and the floor."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from human_pose_util.skeleton import Skeleton
from inference.model.contacts import contacts
from inference.model.floor import Floor
from inference.model.observations import Observations
from inference.model.pose_model import PoseModel
from inference.model.trend import trend
from inference.search.pose_vertical import fit_vertical
from inference.settings import SearchSettings

Decode = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""x [n_frames, n_x], θ [n_theta] → poses [n_frames, n_joints, 3]."""


@dataclass(frozen=True)
class SequenceFit:
    """A fit of a sequence.

    Attributes:
        x: [n_frames, n_x] variables of the poses.
        theta: [n_theta] sequence variables.
        is_told: [n_frames] whether a frame itself tells its pose.
        decode: returns the poses of variables.
    """

    x: np.ndarray
    theta: np.ndarray
    is_told: np.ndarray
    decode: Decode

    @cached_property
    def p3(self) -> np.ndarray:
        """[n_frames, n_joints, 3] the poses; they are computed once, where anything needs them."""
        return self.decode(np.asarray(self.x, np.float32), self.theta).astype(np.float64)


class FitEvidence:
    """Adds to observations what fitted poses tell, where the settings use it.

    Args:
        settings: how to search.
        skeleton: skeleton of the poses.
        model: poses as a function of the variables.
    """

    def __init__(self, settings: SearchSettings, skeleton: Skeleton, model: PoseModel):
        self._settings, self._skeleton, self._model = settings, skeleton, model

    def with_trend(self, observed: Observations, fit: SequenceFit) -> Observations:
        """Observations with the trend of the motion.

        Args:
            observed: the observations of a sequence.
            fit: its fit.
        """
        if self._settings.smoothness_about == "rest":
            return observed
        return replace(observed, trend=trend(fit.p3, observed.dt, fit.is_told))

    def with_motion(self, observed: Observations, fit: SequenceFit) -> Observations:
        """Observations with the trend of the motion, and with the feet that stand still.

        Args:
            observed: the observations of a sequence.
            fit: its fit.
        """
        observed = self.with_trend(observed, fit)
        if not self._settings.has_contacts:
            return observed
        contact = contacts(observed, self._skeleton, fit.p3, fit.is_told)
        return replace(observed, contact=contact)

    def with_floor(self, observed: Observations, fit: SequenceFit) -> Observations:
        """Observations with the floor on which feet stand.

        Args:
            observed: the observations of a sequence, with contacts.
            fit: its fit.
        """
        told = fit.is_told
        if not self._settings.floor_weight or observed.contact is None or not told.any():
            return observed
        up, in_world = np.array([0.0, 0.0, 1.0]), self._model.placement.in_world
        if not in_world:
            # The floor is for the poses that are fitted, so it is level as they are.
            x = np.asarray(fit.x, np.float32)
            up = np.median(fit_vertical(x, self._model.n_z)[told], axis=0)
        contact, kinds = observed.contact * told[:, None], self._skeleton.kinds
        floor = Floor.under(fit.p3, contact, kinds, observed.dt, up, is_vertical_known=in_world)
        return replace(observed, floor=floor)
