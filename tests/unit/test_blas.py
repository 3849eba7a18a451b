"""The number of threads of NumPy's and SciPy's linear algebra while poses are computed."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from human_pose_util.blas import OneBlasThread
from human_pose_util.keypoints import Person
from lifting import FilmCamera, LiftStream
from lifting.input.keypoint_input import Film

TWO = {2}


@pytest.fixture(autouse=True)
def two_threads():
    """BLAS with two threads, whatever the environment of the tests says."""
    with threadpool_limits(2, user_api="blas"):
        yield


def blas_threads():
    """The numbers of threads of the BLAS libraries in this process."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_context_has_one_thread_and_gives_the_others_back():
    with OneBlasThread():
        assert blas_threads() == {1}
    assert blas_threads() == TWO


def test_an_error_gives_the_threads_back():
    @OneBlasThread()
    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert blas_threads() == TWO


def test_contexts_within_a_context_leave_one_thread():
    one = OneBlasThread()

    def user():
        with one:
            pass

    other = threading.Thread(target=user)
    with one:
        user()
        assert blas_threads() == {1}
        other.start()
        other.join()
        assert blas_threads() == {1}
    assert blas_threads() == TWO


class Nobody:
    """Keypoints of a frame without a person, which note the threads when they are read."""

    def __init__(self):
        self.threads = []

    def __array__(self, dtype=None, copy=None):
        self.threads.append(blas_threads())
        return np.full((17, 3), np.nan)


def test_a_film_is_lifted_with_one_thread(lifter):
    threads = []
    nobody = [Person(np.full((4, 17, 3), np.nan), 0)]
    film = Film((1920, 1080), 30.0, FilmCamera())
    lifter.lift_people(nobody, "coco17", film, lambda n: threads.append(blas_threads()))
    assert threads == [{1}]
    assert blas_threads() == TWO


def test_a_stream_has_one_thread(lifter):
    nobody = Nobody()
    LiftStream(lifter).push(nobody)
    assert nobody.threads == [{1}]
    assert blas_threads() == TWO
