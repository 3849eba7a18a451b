"""Has NumPy and SciPy leave the cores to TensorFlow.

Their linear algebra (BLAS) has a thread for each core. After a call, OpenBLAS's threads look for
more work in a loop for a while, and take the cores from TensorFlow, whose turn it is. The matrices
here are too small to gain from these threads. On two cores, a frame of a stream takes a sixth less
time without them, and a third less where another process works too, as a detector does; a film
takes a twentieth less.
"""

import threading
from contextlib import ContextDecorator
from typing import Any

import scipy.linalg  # noqa: F401  SciPy's BLAS, which has to be there when the controller looks
from threadpoolctl import ThreadpoolController


class OneBlasThread(ContextDecorator):
    """A context, or a decorator of functions, in which BLAS has one thread.

    The number of threads is one for the whole process. So contexts may overlap, in one Python
    thread or in several: the first one lowers the number, and the last one restores it. Once the
    main thread has set the number, OpenBLAS ignores other Python threads that set it.
    """

    def __init__(self):
        self._lock, self._n_users = threading.Lock(), 0
        self._controller: ThreadpoolController | None = None
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._n_users:
                self._controller = self._controller or ThreadpoolController()
                self._limits = self._controller.limit(limits=1, user_api="blas")
            self._n_users += 1

    def __exit__(self, *exception) -> None:
        with self._lock:
            self._n_users -= 1
            if not self._n_users:
                self._limits.restore_original_limits()


one_blas_thread = OneBlasThread()
