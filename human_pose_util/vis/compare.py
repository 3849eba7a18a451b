"""From inferred poses and a data set's sequence to the scene that compares them."""

from collections.abc import Mapping

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.evaluate.metrics import align, joint_errors, mpjpe
from human_pose_util.registry import get_converter
from human_pose_util.transforms import (
    as_matrix,
    inverse_transform_frame,
    project,
    transform_frame,
)
from human_pose_util.vis.scene import Scene


def sequence_scene(
    p3w: np.ndarray,
    sequence: Mapping,
    skeleton_id: str,
    sequence_skeleton_id: str | None = None,
    title: str = "",
    hypotheses_p3w: np.ndarray | None = None,
    frame: str = "world",
) -> Scene:
    """Lay inferred poses over the sequence that they were inferred from.

    Both are in the world frame, so they are drawn where they are, without alignment; the errors
    are those after Procrustes alignment of each frame.

    Args:
        p3w: (n_frames, n_joints, 3) inferred poses, mm.
        sequence: arrays `p3w`, `p2` (both optional) and `attrs`, in units that its attributes
            `space_scale` and `pixel_scale` turn into mm and px.
        skeleton_id: skeleton of the inferred poses, in which all is shown.
        sequence_skeleton_id: skeleton of the sequence; the same if None.
        title: one line that says what is seen.
        hypotheses_p3w: (k, n_frames, n_joints, 3) other inferred poses, mm.
        frame: that of the inferred poses, "world" or "camera"; those in the camera's are shown
            where the sequence's camera, which the inference did not know, puts them.

    Returns:
        The scene, in mm and px.

    Raises:
        DataError: the inferred poses have another number of frames or joints than the sequence.
        SpecError: an unknown skeleton, or one that the sequence cannot be converted to.
    """
    converter = get_converter(sequence_skeleton_id or skeleton_id, skeleton_id)
    attrs = sequence.attrs
    truth = _read(sequence, "p3w", converter, attrs.get("space_scale", 1.0))
    p2 = _read(sequence, "p2", converter, attrs.get("pixel_scale", 1.0))
    p3w = np.asarray(p3w, dtype=np.float64)
    for name, array in (("poses", truth), ("2D observations", p2)):
        if array is not None and array.shape[:-1] != p3w.shape[:-1]:
            raise DataError(
                f"{title}: the results have shape {p3w.shape}, the data set's {name} "
                f"{array.shape}: the inference was run on other data; run it again with -o"
            )
    camera = _camera(attrs)
    if frame == "camera" and camera is not None:
        p3w = inverse_transform_frame(p3w, camera.r, camera.t)
        if hypotheses_p3w is not None:
            hypotheses_p3w = inverse_transform_frame(hypotheses_p3w, camera.r, camera.t)
    projected = None
    if camera is not None:
        projected = project(transform_frame(p3w, camera.r, camera.t), camera.f, camera.c)
    aligned = None if truth is None else align(p3w, truth)
    return Scene(
        skeleton=converter.target,
        p3w=p3w,
        fps=float(attrs["fps"]),
        truth_p3w=truth,
        p2=p2,
        projected_p2=projected,
        error=None if aligned is None else mpjpe(aligned, truth),
        joint_error=None if aligned is None else joint_errors(aligned, truth),
        hypotheses_p3w=hypotheses_p3w,
        camera=camera,
        title=title,
    )


def _read(sequence: Mapping, name: str, converter, scale: float) -> np.ndarray | None:
    if name not in sequence:
        return None
    return converter.convert(np.asarray(sequence[name][:], dtype=np.float64)) * scale


def _camera(attrs: Mapping) -> Camera | None:
    if any(name not in attrs for name in "rtfc"):
        return None
    space, pixel = attrs.get("space_scale", 1.0), attrs.get("pixel_scale", 1.0)
    size = attrs.get("image_size")
    return Camera(
        r=np.asarray(as_matrix(np.asarray(attrs["r"], dtype=np.float64))),
        t=np.asarray(attrs["t"], dtype=np.float64) * space,
        f=np.asarray(attrs["f"], dtype=np.float64) * pixel,
        c=np.asarray(attrs["c"], dtype=np.float64) * pixel,
        image_size=None if size is None else (int(size[0]), int(size[1])),
    )
