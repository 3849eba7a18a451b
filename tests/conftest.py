"""Surroundings of every test: a quiet TensorFlow, no screen, a cache folder of its own."""

import os

import pytest

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory):
    """The user's cache of converted data sets stays untouched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
