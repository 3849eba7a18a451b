"""Training of GANs, populations of GANs and proposal networks."""

from gan.training.distributed_population import train_by_workers
from gan.training.sessions import is_trained, train, train_population

__all__ = ["is_trained", "train", "train_by_workers", "train_population"]
