"""When the video was in terms of the motion capture, `Sync_Data/<sequence>_(<camera>).ofs`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.eva.text import read_numbers
from human_pose_util.errors import DataError


@dataclass(frozen=True)
class Sync:
    """A linear relation between the frames of a video and those of the motion capture.

    Attributes:
        image_start: an image frame ...
        mocap_start: ... and the mocap frame, fractional, at its time.
        mocap_scale: mocap frames per image frame.
    """

    image_start: float
    mocap_start: float
    mocap_scale: float

    def mocap_frames(self, image_frames) -> np.ndarray:
        """Fractional mocap frames [n] of image frames [n], both counted from 0."""
        image_frames = np.asarray(image_frames, dtype=np.float64)
        return self.mocap_start + (image_frames - self.image_start) * self.mocap_scale


def read_sync(path: Path) -> Sync:
    """Read an `.ofs` file: first image frame, its mocap frame, mocap frames per image frame.

    Raises:
        DataError: the file is missing or damaged.
    """
    sync = Sync(*map(float, read_numbers(path, 3)))
    if sync.mocap_scale <= 0:
        raise DataError(
            f"{path}, line 3: mocap frames per image frame is {sync.mocap_scale:g}, not positive"
        )
    return sync
