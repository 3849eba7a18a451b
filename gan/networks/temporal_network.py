"""A network that proposes the poses of a film, from all frames around each.

A single image often tells two poses: a bent arm may point to the camera or away from it. The frames
before and after tell them apart, and their noise averages out. So this network refines what a
trained `ProposalNetwork` proposes for every frame by itself. Its layers are dilated convolutions
over time (Pavllo et al., "3D human pose estimation in video with temporal convolutions and
semi-supervised training", 2019), with three differences:

- Dilations are in seconds, not in frames (`gan.networks.time_taps`), so one network serves every
  frame rate, and films with gaps.
- A tap beyond either end of the film is 0, and training films are short. So the network serves
  the last frames of a stream, which have nothing after them, as well.
- The network does not have to learn how to average. Each joint of the result is

      p + Δ + Σ_k g_k·(p_k − p),

  where p is the joint that the frame's own proposal has, p_k that of the proposals at the taps, and
  the network's outputs are the weights g_k, for every joint and frame, and the change Δ.

The view of each frame (`gan.networks.normalized_view`) takes away where the person is in the image.
The motion of the view gives back how the place and the size change.
"""

import tensorflow as tf

from gan.networks.linear import Linear
from gan.networks.normalized_view import View, n_features, view
from gan.networks.proposal_inputs import FilmInputs, FrameInputs
from gan.networks.proposal_network import (
    FIRST_LOG_STD,
    LARGEST_STD,
    LEAST_STD,
    Proposal,
    ProposalNetwork,
    mean_with_mirror,
)
from gan.networks.time_taps import at, tap
from gan.params import GanParams
from gan.seeds import Purpose, layer_streams
from human_pose_util.skeleton import Skeleton

DILATIONS = (1 / 30, 1 / 15, 2 / 15, 4 / 15, 8 / 15)
"""Offsets of the taps of each block [s]; together the blocks reach a second back and ahead."""

N_MOTION = 4
"""Number of features that `view_motion` returns."""

MOTION_REACH = 0.1
"""Half of the time over which the motion of a view is measured [s]."""

LARGEST_MOTION = 10.0
"""Bound of the speed of a view [spreads/s]: a faster one is an error of a detector."""

FIRST_GATE = -3.0
"""Output of an untrained network for a weight g_k; its logistic function is 0.05."""


class TemporalNetwork(tf.Module):
    """A network from the frames of films to proposals.

    Args:
        params: the parameters of the GAN; they have a temporal proposal.
        of_frames: the trained proposal network for single frames, which is no part of this module:
            it is neither trained nor saved with it.
        skeleton: the skeleton of the poses.
        name: prefix of the variables' names, which are the names in checkpoints.
    """

    def __init__(
        self,
        params: GanParams,
        of_frames: ProposalNetwork,
        skeleton: Skeleton,
        name: str = "temporal",
    ):
        super().__init__(name=None)
        self._skeleton, self._n_z = skeleton, params.n_z
        self._of_frames = of_frames.__call__  # a method, which is searched for no variables
        n_joints, width = skeleton.n_joints, params.required_temporal_proposal().n_hidden
        n_in = n_features(n_joints) + 4 * n_joints + N_MOTION
        n_gates = 2 * len(DILATIONS) * n_joints
        sizes = [(n_in, width), *[(3 * width + 2, width), (width, width)] * len(DILATIONS)]
        sizes.append((width, 4 * n_joints + params.n_z + n_gates))
        seeds = layer_streams(params.seed, Purpose.TEMPORAL_NETWORK)
        self.layers = [Linear(*size, next(seeds), f"{name}/{i}") for i, size in enumerate(sizes)]
        # An untrained network changes little.
        self.layers[-1].w.assign(0.01 * self.layers[-1].w)

    def of_views(self, frames: View) -> Proposal:
        """What the network of single frames proposes for views, in their frames."""
        return self._of_frames(frames.features)

    def __call__(
        self,
        frame_proposals: Proposal,
        features: tf.Tensor,
        to_view: tf.Tensor,
        motion: tf.Tensor,
        times,
    ) -> Proposal:
        """Proposals for films.

        Args:
            frame_proposals: the proposals of single frames, `of_views`, for n·n_frames views.
            features: [n, n_frames, n_features] features of the normalised views.
            to_view: [n, n_frames, 3, 3] rotations to the views from a frame in which the film's
                camera does not turn.
            motion: [n, n_frames, N_MOTION] the motion of the views (`view_motion`).
            times: [n, n_frames] increasing times [s], of two frames or more.

        Returns:
            Proposals of n·n_frames frames, with p3 in the frames of the normalised views.
        """
        n_joints, shape = self._skeleton.n_joints, tf.unstack(tf.shape(times))
        p3 = tf.reshape(frame_proposals.p3, [*shape, n_joints, 3])
        log_std = tf.math.log(tf.reshape(frame_proposals.std, [*shape, n_joints]))
        flat = tf.reshape(p3, [*shape, 3 * n_joints])
        first, *blocks, last = self.layers
        # No activation here: what the blocks add to is a linear image of the inputs.
        hidden = first(tf.concat([features, flat, log_std - FIRST_LOG_STD, motion], axis=2))
        # The neighbours' poses in the directions of the steady frame.
        steady = tf.reshape(p3 @ to_view, [*shape, 3 * n_joints])
        differences = []
        for dilation, one, two in zip(DILATIONS, blocks[::2], blocks[1::2], strict=True):
            parts = [hidden]
            for offset in (-dilation, dilation):
                where = tap(times, offset)
                inside = where.inside[..., None]
                parts += [inside * at(hidden, where), inside]
                differences.append(inside * (at(steady, where) - steady))
            hidden += two(tf.nn.relu(one(tf.concat(parts, axis=2))))
        n_gates = len(differences) * n_joints
        change, change_std, change_z, gates = tf.split(
            last(hidden), [3 * n_joints, n_joints, self._n_z, n_gates], axis=2
        )
        gates = tf.reshape(tf.sigmoid(gates + FIRST_GATE), [*shape, len(differences), n_joints, 1])
        neighbours = tf.reshape(tf.stack(differences, 2), [*shape, len(differences), n_joints, 3])
        # Σ_k g_k·(p_k − p), turned from the steady frame to each frame's own view.
        pulled = tf.matmul(tf.reduce_sum(gates * neighbours, axis=2), to_view, transpose_b=True)
        p3 += pulled + tf.reshape(change, [*shape, n_joints, 3])
        p3 -= tf.reduce_mean(p3, axis=2, keepdims=True)
        std = tf.clip_by_value(tf.exp(log_std + change_std), LEAST_STD, LARGEST_STD)
        z = frame_proposals.z + tf.reshape(change_z, [-1, self._n_z])
        return Proposal(tf.reshape(p3, [-1, n_joints, 3]), tf.reshape(std, [-1, n_joints]), z)

    def propose_film(self, inputs: FilmInputs) -> Proposal:
        """Propose the poses of one film: `propose` without the axis of films."""
        return self.propose(tf.nest.map_structure(lambda part: part[None], inputs))

    def propose(self, inputs: FilmInputs) -> Proposal:
        """Propose the poses of films of any camera.

        As for single frames, p3 and std are the means of the proposals for a film and for its
        mirror image (`ProposalNetwork.propose`).

        Args:
            inputs: n films.

        Returns:
            Proposals of n·n_frames frames, with p3 in the camera's frame.
        """
        return mean_with_mirror(self._propose, inputs, self._skeleton)

    def _propose(self, inputs: FilmInputs) -> Proposal:
        """Proposals with p3 in the camera's frame, without the mirror image."""
        times = inputs.times
        shape = tf.unstack(tf.shape(times))
        flat = FrameInputs(*(tf.reshape(a, [-1, *a.shape[2:]]) for a in inputs.frames))
        frames = view(flat, self._skeleton.hops)
        features = tf.reshape(frames.features, [*shape, frames.features.shape[1]])
        to_view = tf.reshape(frames.rotation, [*shape, 3, 3]) @ inputs.steady
        motion = view_motion(frames, to_view, times, tf.ones_like(times[:, 0]))
        proposal = self(self.of_views(frames), features, to_view, motion, times)
        return proposal._replace(p3=proposal.p3 @ frames.rotation)


def view_motion(frames: View, to_view: tf.Tensor, times: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """How the view of a person moves: features that the views of single frames lack.

    Args:
        frames: the views of n·n_frames frames.
        to_view: [n, n_frames, 3, 3] rotations to the views from a frame in which the film's camera
            does not turn.
        times: [n, n_frames] increasing times [s].
        known: [n] 1 where the motion of the camera is known, else 0; then all features are 0.

    Returns:
        [n, n_frames, N_MOTION]: the speed of the person across the view, to the right and down, and
        away from the camera, in spreads of the person per second; and `known`.
    """
    shape = tf.unstack(tf.shape(times))
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
