"""The coordinates in which poses are searched: metres, about the floor beneath the camera.

A world may have its origin anywhere, and lengths may have any unit. The search computes in single
precision, in which R·p + t is only as good as its larger part: 100 m from the origin, a joint 5 m
in front of the camera would lose a tenth of a millimetre, and derivatives of costs more. The search
also weighs its variables, angles among them, against each other, which a unit of millimetres would
upset. So poses are searched where neither matters, and the result is taken back in double
precision.
"""

from dataclasses import dataclass, replace

import numpy as np

from inference.model.observations import Observations
from inference.model.placement import Placement
from inference.search.inference_result import DEVIATIONS, POINTS, InferenceResult


@dataclass(frozen=True)
class Coordinates:
    """The search coordinates of a sequence: a given position is unit·p + origin.

    Attributes:
        unit: a metre, in the given unit of lengths.
        origin: [3] point on the floor, in the given world and unit.
        placement: how poses are placed.
    """

    unit: float
    origin: np.ndarray
    placement: Placement

    @classmethod
    def of(cls, observed: Observations, unit: float, placement: Placement) -> "Coordinates":
        """The coordinates for a sequence: beneath its camera, or the average of one that moves.

        Args:
            observed: observations, as given.
            unit: a metre, in the given unit of lengths.
            placement: how poses are placed.
        """
        origin = np.append(observed.camera.position[:, :2].mean(axis=0), 0.0)
        return cls(unit, origin, placement)

    def observations(self, observed: Observations) -> Observations:
        """Given observations, in the search coordinates."""
        camera = observed.camera
        height = None if observed.height is None else observed.height / self.unit
        t = (camera.t + camera.r @ self.origin) / self.unit
        home = (observed.home - self.origin) / self.unit
        return replace(observed, camera=replace(camera, t=t), height=height, home=home)

    def variables(self, x: np.ndarray) -> np.ndarray:
        """Variables [n_frames, n_x] of given poses, in the search coordinates."""
        return self._place(x, 1 / self.unit, -self.origin / self.unit)

    def restore(self, result: InferenceResult) -> InferenceResult:
        """A result of the search, in the given world and unit."""
        origin = dict.fromkeys(DEVIATIONS, np.zeros(1)) | dict.fromkeys(POINTS, self.origin)
        lengths = {
            name: (self.unit * value.astype(np.float64) + origin[name]).astype(np.float32)
            for name in origin
            if (value := getattr(result, name)) is not None
        }
        camera = result.camera
        t = self.unit * camera.t - camera.r @ self.origin
        return replace(
            result,
            x=self._place(result.x, self.unit, self.origin).astype(np.float32),
            camera=replace(camera, t=t),
            scale=self.unit * result.scale,
            **lengths,
        )

    def _place(self, x: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        """Variables [n_frames, n_x] whose placement is in the coordinates unit·p + origin."""
        n_z = x.shape[1] - self.placement.n_y
        y = self.placement.change_coordinates(x[:, n_z:], unit, origin)
        return np.concatenate([x[:, :n_z], y], axis=1)
