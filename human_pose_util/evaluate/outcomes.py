"""How the search ended in the frames of a run, where that puts their errors in doubt."""

import itertools
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from human_pose_util.evaluate.results_file import finished_keys, visit_run
from human_pose_util.evaluate.status import Status

if TYPE_CHECKING:
    import h5py

WITHOUT_EVIDENCE = {
    Status.NO_OBSERVATIONS: "nothing was seen in {n}",
    Status.NOT_FINITE: "the cost of {n} is not finite",
}
"""The outcomes of frames whose poses are guesses, and why they are."""


def doubt_of_poses(path: str | Path, inference_id: str) -> str | None:
    """What to say of a run with frames whose poses are guesses; None where there are none.

    Args:
        path: the results file.
        inference_id: the run.

    Raises:
        ResultsError: there is no such file or run.
        DataError: the file is broken.
    """
    statuses: dict[str, np.ndarray] = {}

    def read(group: "h5py.Group") -> None:
        for key in finished_keys(group):
            if key not in statuses and "status" in group[key]:
                statuses[key] = np.asarray(group[key]["status"][()], int).ravel()

    visit_run(path, inference_id, read)
    count = Counter(itertools.chain.from_iterable(a.tolist() for a in statuses.values()))
    reasons = [text.format(n=count[i]) for i, text in WITHOUT_EVIDENCE.items() if count[i]]
    if not reasons:
        return None
    return (
        f"the errors include poses that are guesses: of {count.total()} frames, "
        f"{' and '.join(reasons)}"
    )
