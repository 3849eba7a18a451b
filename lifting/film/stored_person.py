"""A person of a film as results.hdf5 stores it: how it is written, and how it is read.

Nothing here needs TensorFlow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, Camera
from human_pose_util.errors import DataError
from human_pose_util.export.track import Track
from human_pose_util.keypoints import Person
from human_pose_util.registry import get_skeleton
from human_pose_util.units import MM_PER_M
from inference.model.body import Bones
from inference.runs.entry import Entry
from lifting.fit.lifted import Lifted

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class StoredPerson:
    """One person of a film.

    Attributes:
        track: the poses.
        p2: [n_frames, n_joints, 2] joints as detected [px]; NaN where there is none.
        p3c: [n_frames, n_joints, 3] poses in the camera's frame [mm].
        camera: the camera, or the cameras of all frames; t in mm, f and c in px.
        verdict: how good the poses are, in a few words.
    """

    track: Track
    p2: np.ndarray
    p3c: np.ndarray
    camera: Camera
    verdict: str


def person_entry(detected: Person, lifted: Lifted) -> Entry:
    """What the file stores of a person: lengths in m, image points in px.

    Args:
        detected: keypoints of the person.
        lifted: poses of the person.
    """
    camera, mapping = lifted.camera, lifted.keypoint_mapping
    # The search needs means of joints as well; the results do not.
    p2, confidence = (part[:, mapping.own_joints] for part in mapping.observe(detected.keypoints))
    # An entry holds no NaN: a joint that is not detected is at 0 with the confidence 0. Truth
    # values are bytes, since HDF5 has no type for them that every program reads.
    arrays = {
        "p3w": (lifted.p3w / MM_PER_M).astype(np.float32),
        "p3c": (lifted.p3c / MM_PER_M).astype(np.float32),
        "p2": np.nan_to_num(p2).astype(np.float32),
        "confidence": confidence.astype(np.float32),
        "extrapolated": lifted.extrapolated.astype(np.uint8),
        "std": (lifted.std / MM_PER_M).astype(np.float32),
        "cost": lifted.cost.astype(np.float32),
        "status": lifted.status,
        "misfit": np.nan_to_num(lifted.quality.misfit).astype(np.float32),
        "doubtful": lifted.quality.is_doubtful.astype(np.uint8),
    }
    # Cameras of each frame are arrays: attributes could not hold them.
    cameras = {"r": camera.r, "t": camera.t / MM_PER_M, "f": camera.f, "c": camera.c}
    if lifted.camera_moves:
        arrays, cameras = arrays | cameras, {}
    attrs = {
        "frame": "world",
        "first_frame": detected.first_frame,
        "space_scale": MM_PER_M,
        "pixel_scale": 1.0,
        "skeleton_id": lifted.skeleton.id,
        "fps": lifted.fps,
        "height": lifted.height / MM_PER_M,
        "quality": lifted.quality.verdict,
        **Bones.of(lifted.skeleton).attributes(lifted.p3w / MM_PER_M),
        **cameras,
    }
    return Entry(arrays, attrs)


def read_person(number: int, group: "h5py.Group", size: Sequence[float] | None) -> StoredPerson:
    """A person from the group that holds what `person_entry` returns.

    Args:
        number: the number of the person.
        group: the group.
        size: (width, height) of the image [px]; None where it is unknown.

    Raises:
        DataError: something is missing, or has another form.
    """
    try:
        attrs = dict(group.attrs)
        arrays = {name: group[name][()] for name in group}
        # Cameras of frames, as with cuts or sway, are arrays; one camera is in attributes.
        camera = {name: np.asarray((arrays | attrs)[name], np.float64) for name in CAMERA_ARRAYS}
        scale = float(attrs["space_scale"])
        camera["t"] = camera["t"] * scale
        track = Track(
            person=number,
            p3w=np.asarray(arrays["p3w"], np.float64) * scale,
            skeleton=get_skeleton(str(attrs["skeleton_id"])),
            fps=float(attrs["fps"]),
            extrapolated=arrays["extrapolated"].astype(bool),
            first_frame=int(attrs["first_frame"]),
            doubtful=arrays["doubtful"].astype(bool),
            # Films of an older version have no standard deviations.
            std=np.asarray(arrays["std"], np.float64) * scale if "std" in arrays else None,
        )
        is_detected = arrays["confidence"][..., None] > 0
        image_size = None if size is None else (float(size[0]), float(size[1]))
        return StoredPerson(
            track=track,
            p2=np.where(is_detected, arrays["p2"], np.nan).astype(np.float64),
            p3c=np.asarray(arrays["p3c"], np.float64) * scale,
            camera=Camera(**camera, image_size=image_size),
            verdict=str(attrs["quality"]),
        )
    except (AttributeError, KeyError, IndexError, OSError, TypeError, ValueError) as error:
        raise DataError(
            f"{group.file.filename}: {group.name} cannot be read ({error}): lift the film again"
        ) from error
