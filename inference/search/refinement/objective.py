"""The objective of a refinement, with its quadratic model.

The variables are the offsets δ of the joints that images show, in each frame, and the lengths ℓ of
the kinds of bones that the frames share. With the fitted joints E, the joints are P = E + δ, in
subject heights and in the camera's frame. The cost of all frames is

    ½ Σ w·ρ(‖f·P.xy/P.z + c − p2‖²) / error²      the image, with the loss ρ of the search
  + ½ Σ (‖P_a − P_b‖ − ℓ)² / RIGIDITY²            one body, over rigid bones (a, b)
  + ½ Σ δᵀKδ                                      near the fit (`refinement.offsets`)
  + ½ Σ ‖δ_t − δ_{t−1}‖² / (DRIFT²·dt)            where the fit couples frames: offsets drift slowly
  + ½ n Σ ((ℓ − ℓ₀) / (SPREAD·ℓ₀))²               near the lengths ℓ₀ of the fit, for n frames

Offsets drift, and joints do not, because the motion of the fit is smooth where it should be, and
its feet stand. The quadratic model is that of Gauss and Newton.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inference.model.body import Bones
from inference.objective.robust import ROBUST_LOSSES

RIGIDITY = 0.003
"""Standard deviation of the length of a bone over time [subject heights]."""

BEND = 2.5
"""Factor of `RIGIDITY` for the torso, whose length changes as the spine bends."""

SPREAD = 0.2
"""Standard deviation of a shared length as one frame tells it, relative to that of the fit."""

DRIFT = 0.011
"""Standard deviation of the change of an offset within a second [subject heights]. With 0.016,
films of motion capture have errors that are smaller by 0.1 to 0.2 mm, and real films acceleration
errors that are larger by 0.07 mm/frame²."""

STAND = 0.002
"""Standard deviation of the change of the offset of a foot that stands still, likewise. The fit
holds such feet in place, and offsets that hardly change leave them there."""


class Model(NamedTuple):
    """A quadratic model of the cost around offsets δ and lengths ℓ, for n frames of k joints.

    The terms that couple frames are apart: they are the matrix `coupling` of `RefinementObjective`.

    Attributes:
        gradient: [n, 3k] by offsets.
        curvature: [n, 3k, 3k] of each frame.
        border: [n, 3k, n_free] mixed, by offsets and by the lengths that are solved for.
        by_length: [n_free] gradient by these lengths.
        of_length: [n_free] curvature by them.
    """

    gradient: np.ndarray
    curvature: np.ndarray
    border: np.ndarray
    by_length: np.ndarray
    of_length: np.ndarray


@dataclass(frozen=True)
class RefinementObjective:
    """The cost of offsets and lengths.

    Attributes:
        poses: [n, k, 3] fitted joints that images show, in the camera's frame [subject heights].
        p2: [n, k, 2] image points about the principal point.
        weights: [n, k] their confidences.
        f: [n, 2] focal lengths, in the unit of image points.
        error: standard deviation of an image point, in the same unit.
        robust_loss: name of ρ.
        robust_scale: scale of ρ, in the unit of image points.
        stiffness: [k, k] the matrix K.
        coupling: [n − 1, k] weights of half the squared change of offsets from a frame to the next;
            0 for independent frames.
        bones: the rigid bones among these k joints.
        first_lengths: [n_kinds] the lengths ℓ₀.
        free: [n_free] kinds whose lengths are solved for.
    """

    poses: np.ndarray
    p2: np.ndarray
    weights: np.ndarray
    f: np.ndarray
    error: float
    robust_loss: str
    robust_scale: float
    stiffness: np.ndarray
    coupling: np.ndarray
    bones: Bones
    first_lengths: np.ndarray
    free: np.ndarray

    def cost(self, offsets: np.ndarray, lengths: np.ndarray) -> float:
        """The cost; infinite where a joint is behind the camera.

        Args:
            offsets: [n, k, 3].
            lengths: [n_kinds].
        """
        joints = self.poses + offsets
        if not (joints[..., 2] > 0).all():
            return np.inf
        squares = (self._image_errors(joints) ** 2).sum(axis=2)
        losses = ROBUST_LOSSES[self.robust_loss].value(squares, self.robust_scale**2)
        image = np.sum(self.weights * np.asarray(losses)) / self.error**2
        surplus = self.bones.norms(joints) - lengths[self.bones.kinds]
        body = np.sum((surplus / self._rigidity) ** 2)
        near = np.einsum("nkc,kj,njc", offsets, self.stiffness, offsets, optimize=True)
        drift = np.sum(self.coupling * (np.diff(offsets, axis=0) ** 2).sum(axis=2))
        change = (lengths - self.first_lengths) / (SPREAD * self.first_lengths)
        return 0.5 * float(image + body + near + drift + len(offsets) * np.sum(change**2))

    def expand(self, offsets: np.ndarray, lengths: np.ndarray) -> Model:
        """The model around offsets [n, k, 3] and lengths [n_kinds]."""
        n, k, _ = offsets.shape
        joints, each = self.poses + offsets, np.arange(k)
        gradient = np.einsum("kj,njc->nkc", self.stiffness, offsets)
        curvature = np.zeros((n, k, 3, k, 3))
        for axis in range(3):
            curvature[:, :, axis, :, axis] = self.stiffness

        # The image: u = f·x/z has the derivatives f/z by x and −f·x/z² by z.
        errors, depth = self._image_errors(joints), joints[..., 2]
        slope = ROBUST_LOSSES[self.robust_loss].slope
        pull = np.asarray(slope((errors**2).sum(axis=2), self.robust_scale**2))
        pull = self.weights * pull / self.error**2
        for axis in range(2):
            by_x = self.f[:, None, axis] / depth
            by_z = -by_x * joints[..., axis] / depth
            gradient[..., axis] += pull * by_x * errors[..., axis]
            gradient[..., 2] += pull * by_z * errors[..., axis]
            curvature[:, each, axis, each, axis] += pull * by_x**2
            curvature[:, each, axis, each, 2] += pull * by_x * by_z
            curvature[:, each, 2, each, axis] += pull * by_x * by_z
            curvature[:, each, 2, each, 2] += pull * by_z**2

        # Bones: d‖b‖ = (b/‖b‖)·db pulls one end along the bone, and the other against it.
        # A shared length pulls at all its bones the other way, in all frames: the border.
        border = np.zeros((n, k, 3, len(lengths)))
        by_length = n * (lengths - self.first_lengths) / (SPREAD * self.first_lengths) ** 2
        of_length = n / (SPREAD * self.first_lengths) ** 2
        for (a, b), kind, rigidity in zip(
            self.bones.ends, self.bones.kinds, self._rigidity, strict=True
        ):
            bone = joints[:, a] - joints[:, b]
            norm = np.maximum(np.linalg.norm(bone, axis=1), 1e-9)
            along, weight = bone / norm[:, None], rigidity**-2
            surplus = weight * (norm - lengths[kind])
            # Gauss and Newton leave out how a bone turns, so it is stiff along itself alone.
            square = weight * along[:, :, None] * along[:, None]
            for one, other in ((a, b), (b, a)):
                curvature[:, one, :, one] += square
                curvature[:, one, :, other] -= square
            for end, sign in ((a, 1), (b, -1)):
                gradient[:, end] += sign * surplus[:, None] * along
                border[:, end, :, kind] -= sign * weight * along
            by_length[kind] -= surplus.sum()
            of_length[kind] += n * weight
        # A change of offsets pulls the later frame back, and the earlier one forth. The curvature
        # of this term is not here: the steps put it beside the blocks of the frames.
        between = self.coupling[..., None] * np.diff(offsets, axis=0)
        gradient[1:] += between
        gradient[:-1] -= between
        return Model(
            gradient.reshape(n, 3 * k),
            curvature.reshape(n, 3 * k, 3 * k),
            border.reshape(n, 3 * k, -1)[..., self.free],
            by_length[self.free],
            of_length[self.free],
        )

    @property
    def _rigidity(self) -> np.ndarray:
        """[n_bones] standard deviations of the lengths of bones over time."""
        factors = np.array([BEND if name == "torso" else 1.0 for name in self.bones.names])
        return RIGIDITY * factors[self.bones.kinds]

    def _image_errors(self, joints: np.ndarray) -> np.ndarray:
        """[n, k, 2] distances of image points from those observed; 0 where none was observed."""
        errors = self.f[:, None] * joints[..., :2] / joints[..., 2:] - self.p2
        return np.where(self.weights[..., None] > 0, errors, 0.0)
