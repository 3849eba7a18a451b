"""Parts of the converted Human3.6M: an HDF5 file for each sequence."""

import json
from pathlib import Path

from human_pose_util.dataset.h3m.files import SequenceFiles
from human_pose_util.dataset.h3m.views import read_sequence
from human_pose_util.files import replacing, require_room

_SPARE_BYTES = 64 << 20  # for what HDF5 and other processes write meanwhile

Views = dict[str, dict]
"""Camera → `f`, `c`, `r`, `t`, `n_frames`, and the `lengths` of its three CDF files."""


def write_part(files: SequenceFiles, path: Path) -> Views:
    """Convert one sequence; the part appears at `path` when it is complete.

    Groups by camera hold `p3c` and `p2`, the root `p3w` and, as JSON, the attribute `views`.

    Args:
        files: the CDF files of the sequence.
        path: the part, in a folder that exists.

    Raises:
        DataError: a CDF file is damaged; the message names it.
        OSError: there is no room for the part.
    """
    import h5py

    p3w, views = read_sequence(files)
    require_room(path, p3w.nbytes * (1 + 2 * len(files.views)) + _SPARE_BYTES)
    with replacing(path, is_durable=False) as temporary, h5py.File(temporary, "w") as file:
        file["p3w"] = p3w
        for camera_id, view in views.items():
            file[f"{camera_id}/p3c"], file[f"{camera_id}/p2"] = view.p3c, view.p2
        attributes = {camera_id: view.attrs for camera_id, view in views.items()}
        file.attrs["views"] = json.dumps(attributes)
    return attributes


def read_views(path: Path) -> Views | None:
    """What `write_part` returned for the part at `path`; None where it is missing or damaged."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return json.loads(file.attrs["views"])
    except Exception:  # A damaged file can raise almost any exception.
        return None
