"""Garbage collection in processes that hold millions of objects of imported libraries."""

import gc


def spare_libraries() -> None:
    """Leave what is there now out of garbage collection.

    Tracing a TensorFlow function makes many objects, so that Python would look through all of them
    again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
