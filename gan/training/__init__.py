"""Training of GANs, populations of GANs and proposal networks."""

from gan.training.sessions import is_trained, train, train_population
from gan.training.sweep_run import train_by_workers

__all__ = ["is_trained", "train", "train_by_workers", "train_population"]
