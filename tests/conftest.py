"""Surroundings of every test: a quiet TensorFlow, no screen, a cache folder of its own.

Tests with random input try a few examples; `HYPOTHESIS_PROFILE=thorough` makes them many thousands:

    HYPOTHESIS_PROFILE=thorough python -m pytest tests/faults
"""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from command_line import signals

pytest.register_assert_rewrite("tests.helpers.fault_processes", "tests.helpers.fault_jobs")

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["MPLBACKEND"] = "Agg"
# Tests compile much and compute little: what code takes to be made good, it would not give back.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")

settings.register_profile("quick", max_examples=150, deadline=None)
settings.register_profile(
    "thorough", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory):
    """The user's cache of converted data sets stays untouched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def fault_place(tmp_path_factory, request):
    """What the processes of a test run share to disturb commands on."""
    from tests.helpers.fault_workspace import Place

    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    (folder / "faults").mkdir(exist_ok=True)
    return Place(folder / "faults")


def _heed_signals_as_usual() -> None:
    for number, handler in signals.DEFAULTS.items():
        signal.signal(number, handler)


_heed_signals_as_usual()  # a test run is no command


@pytest.fixture(autouse=True)
def usual_signals():
    """A command that a test runs in this process ends with signals ignored; children inherit it."""
    yield
    _heed_signals_as_usual()
