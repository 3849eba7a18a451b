"""The environment of every test: a quiet TensorFlow, no screen, an empty cache folder.

Tests with random input try a few examples; `HYPOTHESIS_PROFILE=thorough` makes them many thousands:

    HYPOTHESIS_PROFILE=thorough python -m pytest tests/faults
"""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from human_pose_util import progress
from human_pose_util.dataset.notes import note_once
from tests.helpers.garbage import spare_libraries

pytest.register_assert_rewrite("tests.helpers.fault_processes", "tests.helpers.fault_jobs")

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["MPLBACKEND"] = "Agg"
# Tests compile much and compute little, so optimised code would not pay for its compilation.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")

settings.register_profile("quick", max_examples=150, deadline=None)
settings.register_profile(
    "thorough", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with the lifter follow one another, so that few processes trace its searches."""
    items.sort(key=lambda item: not {"lifter", "shared_lifters"} & set(item.fixturenames))


def pytest_collection_finish() -> None:
    """The libraries that all tests need are imported now."""
    spare_libraries()


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory):
    """A cache folder for the tests, so that they leave the cache of the user alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Files of this process are written without `fsync`, which only a loss of power tells apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True)
def no_notes_so_far():
    """A note that one test has caused is new in the next one."""
    note_once.cache_clear()


@pytest.fixture(autouse=True)
def visible_progress(monkeypatch):
    """A command that runs in this process with `--quiet` hides the bars of its own test alone."""
    monkeypatch.setattr(progress, "_is_hidden", False)


@pytest.fixture(scope="session")
def lifter():
    """The lifter with the shipped GAN."""
    from tests.helpers.lifters import shared_lifter  # imports TensorFlow

    return shared_lifter()


@pytest.fixture
def shared_lifters(monkeypatch):
    """Have commands that run in this process use the lifter of earlier ones."""
    from lifting import pose_lifter
    from lifting.film import people  # it knows the class before that is replaced
    from tests.helpers.lifters import shared_lifter

    assert people.PoseLifter is pose_lifter.PoseLifter
    monkeypatch.setattr(pose_lifter, "PoseLifter", shared_lifter)


@pytest.fixture(scope="session")
def fault_workspace(tmp_path_factory, request):
    """The workspace for commands that tests disturb; all processes of a test run share it."""
    from tests.helpers.fault_workspace import FaultWorkspace

    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    (folder / "faults").mkdir(exist_ok=True)
    return FaultWorkspace(folder / "faults")


@pytest.fixture(autouse=True)
def default_signal_handlers():
    """Undo what a command that a test runs in this process leaves of its handling of signals.

    The command ignores signals at its end. Its thread ends the process some seconds after a signal,
    and would end the test run when a later test sends one. Without the wake-up descriptor, the
    thread hears of no signal.
    """
    yield
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
