"""What the frames of a sequence share: the subject's size and bones, and unknown intrinsics.

The sequence variables are θ = (log s, log of a focal factor, shift of c in x, shift of c in y,
lengths of bones), which all frames of a sequence share. The scale s is the subject's height, the
focal factor multiplies the given focal lengths, and the shift is added to the given principal
point. Logarithms keep both factors positive, and make a step mean the same for a child as for an
adult. Lengths are there where the objective has the body term (`inference.objective.body_term`),
in subject heights. A variable that is known stays where it starts.

A single image hardly tells some of these variables: for a camera whose place is unknown, a large
subject far away looks like a small one near by. A weak normal prior holds such a variable near its
start. Its weight is (σ_image / σ)², σ the standard deviation of the variable and σ_image that of an
image point: the prior counts as much as if every frame had measured the variable once.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from human_pose_util.units import MM_PER_M
from inference.model.body import BoneLengths
from inference.model.camera_knowledge import CameraKnowledge

FIRST_HEIGHT = 1650.0
"""The height of the subject at which a search starts [mm], as in the paper."""

IMAGE_ERROR = 3.0
"""Assumed standard deviation of an image point [px], against which the priors are weighed."""

NAMES = ("log_scale", "log_focal", "centre_x", "centre_y")
"""Names of the first sequence variables in the order of θ; lengths of bones follow."""

LARGEST_STRETCH = 0.05
"""Bound of a solver's single step of a bone's length [subject heights]."""

_LOG_SCALE, _LOG_FOCAL, _CENTRE, _LENGTHS = 0, 1, slice(2, 4), slice(4, None)

# Standard deviations: 7 % of a height (as adults have), a factor e^0.6 of f, 50 px of c. Focal
# lengths of cameras differ by less, e^0.3. But the prior counts in every frame, as if frames were
# independent, while perspective is in all of them alike: with 0.25, f hardly moves from its start.
_STD = np.array([0.07, 0.6, 50.0, 50.0])
# The largest step of a solver: far beyond it no quadratic model of the cost is good.
_LARGEST_STEP = np.array([0.3, 0.3, 300.0, 300.0])


class SequenceValues(NamedTuple):
    """The sequence variables by name; NumPy arrays or tensors with leading axes [...].

    Attributes:
        log_scale: [...] logarithm of the scale, in the unit of lengths.
        log_focal: [...] logarithm of the factor of the focal lengths.
        centre_shift: [..., 2] shift of the principal point, in the unit of image points.
        lengths: [..., n_kinds] lengths of the subject's bones [subject heights].
    """

    log_scale: Any
    log_focal: Any
    centre_shift: Any
    lengths: Any

    @classmethod
    def of(cls, theta) -> "SequenceValues":
        """The values in θ [..., n_theta], an array or a tensor."""
        parts = _LOG_SCALE, _LOG_FOCAL, _CENTRE, _LENGTHS
        return cls(*(theta[..., part] for part in parts))


@dataclass(frozen=True)
class SequenceVariables:
    """The sequence variables of one kind of camera: which are free, and how they are held.

    Attributes:
        names: [n_theta] names of the variables: `NAMES`, and those of bones' lengths.
        free: [n_free] indices into θ of the variables that are solved for.
        start: [n_theta] the values at which a search starts, and at which the priors hold θ.
        std: [n_theta] standard deviations of the variables between subjects and cameras.
        prior_weight: [n_theta] weight of ½(θ − start)² in the cost of a frame; 0 for no prior.
        largest_step: [n_theta] bound of a solver's single step.
    """

    names: tuple[str, ...]
    free: np.ndarray
    start: np.ndarray
    std: np.ndarray
    prior_weight: np.ndarray
    largest_step: np.ndarray

    @classmethod
    def of(
        cls,
        camera: CameraKnowledge,
        height_known: bool,
        pixel_scale: float,
        bone_lengths: BoneLengths | None = None,
        lengths_known: bool = False,
    ) -> "SequenceVariables":
        """The variables of sequences that cameras of one kind observe; the scale is in metres.

        Args:
            camera: what is known of the camera.
            height_known: whether the height of the subject is known.
            pixel_scale: the unit of image points [px].
            bone_lengths: how long bones are likely to be; None for poses with bones of their own.
            lengths_known: whether the lengths of the subject's bones are known.
        """
        focal_free, centre_free = camera.intrinsics != "known", camera.intrinsics == "unknown"
        is_free = np.array([not height_known, focal_free, centre_free, centre_free])
        start = np.array([np.log(FIRST_HEIGHT / MM_PER_M), 0.0, 0.0, 0.0])
        std, largest_step = (_in_unit(theta, pixel_scale) for theta in (_STD, _LARGEST_STEP))
        names: tuple[str, ...] = NAMES
        if bone_lengths is not None:
            # Subject heights are no unit of images, so `_in_unit` does not concern these.
            n = len(bone_lengths.names)
            names += tuple(length_name(bone) for bone in bone_lengths.names)
            is_free = np.append(is_free, [not lengths_known] * n)
            start, std = np.append(start, bone_lengths.mean), np.append(std, bone_lengths.std)
            largest_step = np.append(largest_step, [LARGEST_STRETCH] * n)
        weight = (IMAGE_ERROR / pixel_scale / std) ** 2
        if camera.extrinsics == camera.intrinsics == "known":
            weight[_LOG_SCALE] = 0.0  # the floor tells the scale
        weight = np.where(is_free, weight, 0.0)
        return cls(names, np.flatnonzero(is_free), start, std, weight, largest_step)

    @property
    def n_free(self) -> int:
        """The number of variables that are solved for."""
        return len(self.free)

    @property
    def largest_free_step(self) -> np.ndarray:
        """[n_free] bounds of a solver's single step of the variables that are solved for."""
        return self.largest_step[self.free]

    @property
    def free_names(self) -> tuple[str, ...]:
        """Names of the variables that are solved for."""
        return tuple(self.names[i] for i in self.free)

    def rows(self, **by_name: tf.Tensor) -> list[tf.Tensor]:
        """The rows of a Jacobian that belong to the free variables, in their order.

        Args:
            **by_name: name of a variable → [batch, ...] derivatives by it. Those by all other free
                variables are 0.

        Returns:
            [batch, 1, ...] derivatives by each free variable.
        """
        unmoved = tf.zeros_like(next(iter(by_name.values())))
        return [by_name.get(name, unmoved)[:, None] for name in self.free_names]

    def start_at(self, height: float | None, lengths: np.ndarray | None = None) -> np.ndarray:
        """θ [n_theta] at which a search starts.

        Args:
            height: the height of the subject [m]; None where it is unknown.
            lengths: [n_kinds] the lengths of bones [subject heights]; None where they are
                unknown.
        """
        theta = self.start.copy()
        if height is not None:
            theta[_LOG_SCALE] = np.log(height)
        if lengths is not None:
            theta[_LENGTHS] = lengths
        return theta


def length_name(bone: str) -> str:
    """The name of the sequence variable that is the length of a bone."""
    return f"length of {bone}"


def _in_unit(theta: np.ndarray, pixel_scale: float) -> np.ndarray:
    """θ [4], whose shift of the principal point is in pixels, in units of `pixel_scale` pixels."""
    return theta / [1.0, 1.0, pixel_scale, pixel_scale]
