"""What proposal networks are given: 2D joints, and what is known of the camera."""

from typing import NamedTuple, Self

import tensorflow as tf

from gan.mirror import mirror_image
from human_pose_util.skeleton import Skeleton

_REFLECTION = (-1.0, 1.0, 1.0)  # the diagonal of the reflection at the plane x = 0 of a camera


class FrameInputs(NamedTuple):
    """Frames of any camera; those of films have the axes [n, n_frames] in place of [n].

    Attributes:
        rays: [n, n_joints, 2] image points (x/z, y/z) in the camera's frame.
        seen: [n, n_joints] 1 for a joint that is seen, else 0.
        up: [n, 3] unit vectors of the world's vertical in the camera's frame.
        up_known: [n] 1 where the vertical is known; 0 where it is not, and `up` is
            `gan.networks.normalized_view.UPRIGHT`.
    """

    rays: tf.Tensor
    seen: tf.Tensor
    up: tf.Tensor
    up_known: tf.Tensor

    def mirrored(self, skeleton: Skeleton) -> Self:
        """What the camera sees of a mirrored person in a mirrored world.

        Args:
            skeleton: the skeleton of the joints.
        """
        return self._replace(
            rays=mirror_image(self.rays, skeleton),
            seen=tf.gather(self.seen, skeleton.mirror, axis=-1),
            up=self.up * tf.constant(_REFLECTION),
        )


class FilmInputs(NamedTuple):
    """Films of any camera; a single film may lack the axis of films.

    Attributes:
        frames: the frames of the films, with the axes [n, n_frames].
        steady: [n, n_frames, 3, 3] rotations from a frame in which the film's camera does not turn,
            such as the world's, to the camera's.
        times: [n, n_frames] increasing times [s], of two frames or more.
    """

    frames: FrameInputs
    steady: tf.Tensor
    times: tf.Tensor

    def mirrored(self, skeleton: Skeleton) -> Self:
        """What the camera sees of a mirrored person in a mirrored world.

        Args:
            skeleton: the skeleton of the joints.
        """
        reflection = tf.constant(_REFLECTION)
        return self._replace(
            frames=self.frames.mirrored(skeleton),
            steady=self.steady * reflection * reflection[:, None],  # S·R·S with the reflection S
        )
