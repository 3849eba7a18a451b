"""Our methods as functions from sequences to poses: the search, and the proposals alone.

They are what bench/accuracy.py and bench/films.py compare with other methods.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from inference.params import load_inference_params

OURS, OURS_DETECTED, OURS_FILM = "mocap_best", "mocap_best_detected", "mocap_best_film"
"""Our parameter files: for exact image points, for those of a detector, for a detector's films."""


class _Networks(NamedTuple):
    """Networks that replace those of a GAN."""

    gan_id: str
    generator: Any
    critic: Any
    proposal_network: Any
    temporal_network: Any


def search(gan, inference_id: str, changes=None, generator=None, proposal_network=None):
    """Return a function from sequences to poses: the search that a parameter file describes.

    Args:
        gan: `GanBuilder` that provides the networks.
        inference_id: name of the parameter file.
        changes: parameters that replace those of the file.
        generator: replaces the generator of the GAN.
        proposal_network: replaces the proposal networks of the GAN, that for films as well.
    """
    from human_pose_util.registry import get_converter
    from inference.model.observe import observe_sequence
    from inference.search.pose_search import PoseSearch

    params = load_inference_params(inference_id).model_copy(update=changes or {})
    networks = _Networks(
        gan.gan_id,
        generator or gan.generator,
        gan.critic,
        proposal_network or gan.proposal_network,
        None if proposal_network else gan.temporal_network,
    )
    converter = get_converter(gan.skeleton.id, gan.skeleton.id)
    poses = PoseSearch(networks, params, converter, space_scale=1000.0, pixel_scale=1000.0)

    def predict(takes):
        return [result.p3w for result in poses.infer([observe_sequence(t) for t in takes])]

    return predict


def proposals_alone(gan) -> Callable:
    """Return a function from sequences to the poses that the proposal networks predict.

    It does not know the size of people, so all of them have the height of the regression's.
    """
    from bench.regression import HEIGHT
    from human_pose_util.registry import get_converter
    from inference.model.observe import observe_sequence
    from inference.search.proposer import Proposer
    from inference.solvers.execution import COMPILED

    converter = get_converter(gan.skeleton.id, gan.skeleton.id)
    networks = gan.proposal_network, gan.temporal_network
    proposer = Proposer(*networks, converter, in_world=True, execution=COMPILED)
    return lambda takes: [HEIGHT * proposer(observe_sequence(t)).proposal.p3 for t in takes]
