"""The coordinates in which poses are searched: metres, about the floor beneath the camera.

A world may have its origin anywhere, and lengths may have any unit. The search computes in single
precision, in which R·p + t is only as good as its larger part: 100 m from the origin, a joint 5 m
before the camera would lose a tenth of a millimetre, and derivatives of costs more. It also
weighs its variables, angles among them, against each other, which a unit of millimetres would
upset. So poses are searched where neither matters, and what was found is taken back, in double
precision.
"""

from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.transforms import camera_centre
from inference.model.observations import Observations
from inference.model.placement import Free, Ground
from inference.search.inference_result import InferenceResult


@dataclass(frozen=True)
class Coordinates:
    """Where a sequence is searched: given positions are unit·p + origin.

    Attributes:
        unit: a metre, in the unit of what is given.
        origin: [3] on the floor, in the world and unit of what is given.
        placement: how poses get their place.
    """

    unit: float
    origin: np.ndarray
    placement: Ground | Free

    @classmethod
    def of(cls, observed: Observations, unit: float, placement: Ground | Free) -> "Coordinates":
        """Those for a sequence: beneath its camera, on the average of one that moves."""
        beneath = camera_centre(observed.r, observed.t)[:, :2]
        origin = np.append(beneath.sum(axis=0) / max(len(observed), 1), 0.0)
        return cls(unit, origin, placement)

    def observations(self, observed: Observations) -> Observations:
        """What was seen, with the camera in these coordinates."""
        height = None if observed.height is None else observed.height / self.unit
        t = (observed.t + observed.r @ self.origin) / self.unit
        home = (observed.home - self.origin) / self.unit
        return replace(observed, t=t, height=height, home=home)

    def variables(self, x: np.ndarray) -> np.ndarray:
        """Variables [n_frames, n_x] of given poses as those of these coordinates."""
        return self._placed(x, 1 / self.unit, -self.origin / self.unit)

    def restored(self, result: InferenceResult) -> InferenceResult:
        """What was found here, as the given world and unit have it."""
        lengths = ("std", "aligned_std")
        points = ("p3w", "hypotheses_p3w")
        given = {name: getattr(result, name) for name in (*lengths, *points)}
        origin = {name: self.origin if name in points else 0.0 for name in given}
        moved = {
            name: (self.unit * value.astype(np.float64) + origin[name]).astype(np.float32)
            for name, value in given.items()
            if value is not None
        }
        place = self.placement.moved(result.place, self.unit, self.origin)
        return replace(
            result, place=place.astype(np.float32), scale=self.unit * result.scale, **moved
        )

    def _placed(self, x: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        n_z = x.shape[1] - self.placement.n_y
        return np.concatenate([x[:, :n_z], self.placement.moved(x[:, n_z:], unit, origin)], axis=1)
