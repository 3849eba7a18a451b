"""A network that proposes the poses of a film, from all frames around each.

A single image often tells two poses: a bent arm may point to the camera or away from it. The frames
before and after tell them apart, and their noise averages out. So this network refines what a
`ProposalNetwork` proposes for every frame by itself. Its layers are dilated convolutions over time
(Pavllo et al., "3D human pose estimation in video with temporal convolutions and semi-supervised
training", 2019), with two differences:

- Dilations are in seconds, not in frames (`gan.networks.time_taps`), so one network serves every
  frame rate, and films with gaps.
- A tap beyond either end of the film is 0, and training films are short. So the network serves
  the last frames of a stream, which have nothing after them, as well.

The view of each frame (`gan.networks.normalized_view`) takes away where the person is in the image.
The motion of the view gives back how the place and the size change.
"""

import tensorflow as tf

from gan.mirror import mirror_image
from gan.networks.normalized_view import View, view
from gan.networks.perceptron import Linear
from gan.networks.proposal_network import Proposal, ProposalNetwork
from gan.networks.time_taps import at, tap
from gan.params import GanParams
from human_pose_util.skeleton import Skeleton

DILATIONS = (1 / 30, 1 / 15, 2 / 15, 4 / 15, 8 / 15)
"""Offsets of the taps of each block [s]; together the blocks reach a second back and ahead."""

N_MOTION = 4
"""Number of features that `view_motion` returns."""

MOTION_REACH = 0.1
"""Half of the time over which the motion of a view is measured [s]."""

LARGEST_MOTION = 10.0
"""Bound of the speed of a view [spreads/s]: a faster one is an error of a detector."""


class TemporalNetwork(tf.Module):
    """A network from the frames of films to proposals.

    Args:
        params: the parameters of the GAN; they have a proposal and a temporal proposal.
        skeleton: the skeleton of the poses.
        name: prefix of the variables' names, which are the names in checkpoints.

    Attributes:
        of_frames: the network of single frames, which this one refines.
    """

    def __init__(self, params: GanParams, skeleton: Skeleton, name: str = "temporal"):
        super().__init__(name=None)
        p, n_hidden = params.required_temporal_proposal(), params.required_proposal().n_hidden
        self._skeleton = skeleton
        self.of_frames = ProposalNetwork(params, skeleton, f"{name}/frames")
        width = p.n_hidden
        sizes = [(n_hidden + N_MOTION, width)]
        sizes += [(3 * width + 2, width), (width, width)] * len(DILATIONS)
        sizes.append((width, self.of_frames.n_out))
        self.layers = [
            Linear(*size, params.seed, 100 + i, f"{name}/{i}") for i, size in enumerate(sizes)
        ]
        # An untrained network proposes what that of single frames does.
        self.layers[-1].w.assign(tf.zeros_like(self.layers[-1].w))

    def __call__(self, features: tf.Tensor, motion: tf.Tensor, times: tf.Tensor) -> Proposal:
        """Proposals for films.

        Args:
            features: [n, n_frames, n_features] features of the normalised views.
            motion: [n, n_frames, N_MOTION] their motion (`view_motion`).
            times: [n, n_frames] increasing times [s], of two frames or more.

        Returns:
            Proposals of n·n_frames frames, with p3 in the frames of the normalised views.
        """
        n, n_frames = tf.shape(features)[0], tf.shape(features)[1]
        of_frames = self.of_frames.hidden(tf.reshape(features, [-1, features.shape[2]]))
        first, *blocks, last = self.layers
        hidden = tf.reshape(of_frames, [n, n_frames, of_frames.shape[1]])
        hidden = tf.nn.relu(first(tf.concat([hidden, motion], axis=2)))
        for dilation, one, two in zip(DILATIONS, blocks[::2], blocks[1::2], strict=True):
            before, after = tap(times, -dilation), tap(times, dilation)
            parts = [hidden]
            for where in (before, after):
                inside = where.inside[..., None]
                parts += [inside * at(hidden, where), inside]
            hidden += tf.nn.relu(two(tf.nn.relu(one(tf.concat(parts, axis=2)))))
        change = tf.reshape(last(hidden), [-1, self.of_frames.n_out])
        return self.of_frames.proposal(self.of_frames.outputs(of_frames) + change)

    def propose_film(self, *film: tf.Tensor) -> Proposal:
        """Propose the poses of one film: `propose` without the axis of films."""
        return self.propose(*(part[None] for part in film))

    def propose(
        self,
        rays: tf.Tensor,
        seen: tf.Tensor,
        up: tf.Tensor,
        up_known: tf.Tensor,
        steady: tf.Tensor,
        times: tf.Tensor,
    ) -> Proposal:
        """Propose the poses of films of any camera.

        As for single frames, p3 and std are the means of the proposals for a film and for its
        mirror image (`ProposalNetwork.propose`).

        Args:
            rays: [n, n_frames, n_joints, 2] image points (x/z, y/z) in the camera's frame.
            seen: [n, n_frames, n_joints] 1 for a joint that is seen, else 0.
            up: [n, n_frames, 3] unit vectors of the world's vertical in the camera's frame.
            up_known: [n, n_frames] 1 where the vertical is known, else 0; `up` should be `UPRIGHT`
                there.
            steady: [n, n_frames, 3, 3] rotations from a frame in which the film's camera does not
                turn, such as the world's, to the camera's.
            times: [n, n_frames] increasing times [s], of two frames or more.

        Returns:
            Proposals of n·n_frames frames, with p3 in the camera's frame.
        """
        skeleton, mirror = self._skeleton, self._skeleton.mirror
        direct = self._propose(rays, seen, up, up_known, steady, times)
        reflection = tf.constant([-1.0, 1.0, 1.0])
        mirrored = self._propose(
            mirror_image(rays, skeleton),
            tf.gather(seen, mirror, axis=-1),
            up * reflection,
            up_known,
            steady * reflection * reflection[:, None],  # S·R·S with the reflection S
            times,
        )
        p3 = 0.5 * (direct.p3 + mirror_image(mirrored.p3, skeleton))
        std = 0.5 * (direct.std + tf.gather(mirrored.std, mirror, axis=1))
        return Proposal(p3, std, direct.z)

    def _propose(self, rays, seen, up, up_known, steady, times) -> Proposal:
        """Proposals with p3 in the camera's frame, without the mirror image."""
        shape = tf.shape(times)
        flat = [tf.reshape(a, [-1, *a.shape[2:]]) for a in (rays, seen, up, up_known)]
        frames = view(*flat, self._skeleton.hops)
        features = tf.reshape(frames.features, [*tf.unstack(shape), frames.features.shape[1]])
        motion = view_motion(frames, steady, times, tf.ones_like(times[:, 0]))
        proposal = self(features, motion, times)
        return proposal._replace(p3=proposal.p3 @ frames.rotation)


def view_motion(
    frames: View, steady: tf.Tensor, times: tf.Tensor, known: tf.Tensor
) -> tf.Tensor:
    """How the view of a person moves: features that the views of single frames lack.

    Args:
        frames: the views of n·n_frames frames.
        steady: [n, n_frames, 3, 3] rotations from a frame in which the film's camera does not turn
            to the camera's.
        times: [n, n_frames] increasing times [s].
        known: [n] 1 where the motion of the camera is known, else 0; then all features are 0.

    Returns:
        [n, n_frames, N_MOTION]: the speed of the person across the view, to the right and down, and
        away from the camera, in spreads of the person per second; and `known`.
    """
    shape = [*tf.unstack(tf.shape(times))]
    to_view = tf.reshape(frames.rotation, [*shape, 3, 3]) @ steady
    axis = to_view[..., 2, :]  # the direction of the person's middle, in the steady frame
    log_spread = tf.math.log(tf.reshape(frames.spread, [*shape, 1]))
    values = tf.concat([axis, log_spread], axis=-1)
    before, after = tap(times, -MOTION_REACH), tap(times, MOTION_REACH)
    seconds = at(times[..., None], after) - at(times[..., None], before)
    speed = (at(values, after) - at(values, before)) / seconds
    across = tf.linalg.matvec(to_view[..., :2, :], speed[..., :3]) * tf.exp(-log_spread)
    speed = tf.clip_by_value(
        tf.concat([across, -speed[..., 3:]], axis=-1), -LARGEST_MOTION, LARGEST_MOTION
    )
    known = tf.broadcast_to(known[:, None, None], [*shape, 1])
    return known * tf.concat([speed, tf.ones_like(known)], axis=-1)
