"""Inference runs that are interrupted while they go on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inference.runs.results_writer import ResultsWriter


@contextmanager
def interruption_after_one_group() -> Iterator[None]:
    """Interrupt the run of the block as Ctrl-C does, when it saves its second group.

    The test fails if the run is not interrupted.
    """
    write, calls = ResultsWriter.write, []

    def stop_after_one(self, entries):
        if calls:
            raise KeyboardInterrupt
        calls.append(write(self, entries))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResultsWriter, "write", stop_after_one)
        with pytest.raises(KeyboardInterrupt):
            yield
