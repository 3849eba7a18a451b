"""The networks of a GAN: perceptrons that generate, judge, encode and propose poses."""

from gan.networks.pose_networks import Critic, Encoder, Generator

__all__ = ["Critic", "Encoder", "Generator"]
