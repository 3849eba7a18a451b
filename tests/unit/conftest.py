"""Fixtures that several files of unit tests share."""

import pytest


@pytest.fixture(scope="session")
def trainers():
    """Trainers of toy GANs that are made once in a process."""
    from tests.helpers.quick_training import QuickTraining  # imports TensorFlow

    return QuickTraining()


@pytest.fixture
def quick(trainers, monkeypatch):
    """For tests of checkpoints and of what is trained when, not of what the steps do."""
    trainers.start(monkeypatch)
