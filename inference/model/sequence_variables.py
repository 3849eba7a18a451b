"""What the frames of a sequence share: the subject's size, and intrinsics that are not known.

The shared variables are θ = (log s, log f-factor, c-shift in x, c-shift in y): the scale, what the
given focal lengths are to be multiplied with, and what is to be added to the given principal point.
Those that are known stay where they start. Where an image hardly tells a variable (the scale
against the depth, for a camera whose place is not known), a weak normal prior holds it near its
start, as if every frame had measured it.
"""

from dataclasses import dataclass

import numpy as np

from inference.model.camera_knowledge import Camera

IMAGE_ERROR = 3.0
"""Assumed error of an image point [px], which a prior is weighed against."""

SPREADS = np.array([0.07, 0.25, 50.0, 50.0])
"""Standard deviations of the priors: of log s (as adults' heights have), of log f-factor, and of
the principal point [px]."""

LARGEST_STEP = np.array([0.3, 0.3, 300.0, 300.0])
"""Of log s, of log f-factor, and of the principal point [px]: far beyond it no model is good."""


@dataclass(frozen=True)
class Shared:
    """The shared variables of one kind of camera.

    Attributes:
        free: indices of those that are solved for.
        start: [4] where they start.
        weight: [4] of each variable's ½(θ − start)² in a frame's cost; 0 for no prior.
        largest_step: [4] by which a solver may move each at once.
    """

    free: tuple[int, ...]
    start: np.ndarray
    weight: np.ndarray
    largest_step: np.ndarray

    @property
    def n_free(self) -> int:
        """How many are solved for."""
        return len(self.free)


def spreads(pixel_scale: float) -> np.ndarray:
    """`SPREADS` [4] with the principal point in units of `pixel_scale` pixels."""
    return _in_unit(SPREADS, pixel_scale)


def _in_unit(shared: np.ndarray, pixel_scale: float) -> np.ndarray:
    return shared / [1.0, 1.0, pixel_scale, pixel_scale]


def shared_variables(
    camera: Camera, scale: float, height_known: bool, pixel_scale: float
) -> Shared:
    """What is shared, and how strongly it is held.

    Args:
        camera: what is known of it.
        scale: a guess of the subject's height, in the unit of lengths.
        height_known: whether the height is known instead.
        pixel_scale: the unit of image points [px].
    """
    focal_free, centre_free = camera.intrinsics != "known", camera.intrinsics == "unknown"
    free = np.array([not height_known, focal_free, centre_free, centre_free])
    weight = (IMAGE_ERROR / pixel_scale / spreads(pixel_scale)) ** 2
    if camera.extrinsics == camera.intrinsics == "known":
        weight[0] = 0.0  # the floor tells the scale
    start = np.array([np.log(scale), 0.0, 0.0, 0.0])
    largest = _in_unit(LARGEST_STEP, pixel_scale)
    return Shared(tuple(np.flatnonzero(free).tolist()), start, np.where(free, weight, 0.0), largest)
