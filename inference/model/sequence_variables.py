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

_LOG_SCALE, _LOG_FOCAL, _CENTRE, _LENGTHS = 0, 1, slice(2, 4), slice(4, None)


class _Variable(NamedTuple):
    """A row of `SequenceVariables`, which explains the columns.

    Far beyond the largest step no quadratic model of the cost is good.
    """

    name: str
    is_free: bool
    start: float
    std: float
    largest_step: float


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
        names: [n_theta] names of the variables.
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
        centre = centre_free, 0.0, 50.0 / pixel_scale, 300.0 / pixel_scale
        variables = [
            # Heights of adults differ by 7 %.
            _Variable("log_scale", not height_known, np.log(FIRST_HEIGHT / MM_PER_M), 0.07, 0.3),
            # Focal lengths of cameras differ by a factor e^0.3. But the prior counts in every
            # frame, as if frames were independent, while perspective is in all of them alike: with
            # 0.25, f hardly moves from its start.
            _Variable("log_focal", focal_free, 0.0, 0.6, 0.3),
            _Variable("centre_x", *centre),
            _Variable("centre_y", *centre),
        ]
        if bone_lengths is not None:
            bones = zip(bone_lengths.names, bone_lengths.mean, bone_lengths.std, strict=True)
            variables += [
                _Variable(length_name(bone), not lengths_known, mean, std, 0.05)
                for bone, mean, std in bones
            ]
        names, *columns = zip(*variables, strict=True)
        is_free, start, std, largest_step = map(np.array, columns)
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
