"""From inferred poses and the sequence of a data set to the scene that compares them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from human_pose_util.camera import Camera, camera_moves
from human_pose_util.dataset import PoseSequence
from human_pose_util.dataset.sequence import MM_AND_PX
from human_pose_util.evaluate.metrics import align, joint_errors, mpjpe
from human_pose_util.evaluate.results_file import ResultsError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import Converter
from human_pose_util.vis.scene import Scene


def sequence_scene(
    p3w: np.ndarray,
    sequence: PoseSequence,
    skeleton_id: str,
    sequence_skeleton_id: str | None = None,
    title: str = "",
    hypotheses_p3w: np.ndarray | None = None,
    frame: str = "world",
    std: np.ndarray | None = None,
    intrinsics: Mapping[str, Any] | None = None,
) -> Scene:
    """Compare inferred poses with the sequence that they were inferred from.

    Both are drawn in the world frame where they are, without alignment. The errors are those
    after Procrustes alignment of each frame.

    Args:
        p3w: [n_frames, n_joints, 3] inferred poses in the coordinate frame `frame` [mm].
        sequence: arrays `p3w` and `p2`, both optional, and `attrs`, of which `space_scale` and
            `pixel_scale` turn the units of the arrays into mm and px.
        skeleton_id: id of the skeleton of the inferred poses, in which the scene is drawn.
        sequence_skeleton_id: id of the skeleton of the sequence; by default `skeleton_id`.
        title: one line that describes the scene.
        hypotheses_p3w: [k, n_frames, n_joints, 3] other inferred poses [mm], in `frame`.
        frame: coordinate frame of the inferred poses: "world", or "camera" for an inference that
            did not know the extrinsics. Poses in the camera frame are drawn where the extrinsics
            of the sequence put them.
        std: [n_frames, n_joints] standard deviations of the inferred joints [mm].
        intrinsics: `f` and `c` that the inference used or found (`InferredSequence.intrinsics`); by
            default those of the sequence.

    Returns:
        The scene, in mm and px.

    Raises:
        ResultsError: the inferred poses and the sequence differ in their number of frames or
            joints.
        SpecError: a skeleton is unknown, or the sequence cannot be converted to `skeleton_id`.
    """
    converter = get_converter(sequence_skeleton_id or skeleton_id, skeleton_id)
    attrs = MM_AND_PX | sequence.attrs | dict(intrinsics or {})
    truth = _poses(sequence, "p3w", converter, attrs["space_scale"])
    p2 = _poses(sequence, "p2", converter, attrs["pixel_scale"])
    p3w = np.asarray(p3w, dtype=np.float64)
    for name, array in (("poses", truth), ("2D observations", p2)):
        if array is not None and array.shape[:-1] != p3w.shape[:-1]:
            raise ResultsError(
                f"{title}: the results have shape {p3w.shape}, the data set's {name} "
                f"{array.shape}: the inference was run on other data",
                outdated=True,
            )
    camera = _camera(attrs)
    if frame == "camera" and camera is not None:
        p3w = camera.to_world(p3w)
        if hypotheses_p3w is not None:
            hypotheses_p3w = camera.to_world(hypotheses_p3w)
    errors: dict[str, Any] = {}
    if truth is not None:
        aligned = align(p3w, truth)
        errors = {"error": mpjpe(aligned, truth), "joint_error": joint_errors(aligned, truth)}
    return Scene(
        skeleton=converter.target,
        p3w=p3w,
        fps=float(attrs["fps"]),
        truth_p3w=truth,
        p2=p2,
        projected_p2=None if camera is None else camera.project_world(p3w),
        std=std,
        hypotheses_p3w=hypotheses_p3w,
        camera=None if camera is None else camera.first,
        title=title,
        **errors,
    )


def _poses(
    sequence: PoseSequence, name: str, converter: Converter, scale: float
) -> np.ndarray | None:
    """[n_frames, n_joints, 3 or 2] an array of a sequence in mm or px; None if it has no such."""
    if name not in sequence:
        return None
    return converter.convert(np.asarray(sequence[name][:], dtype=np.float64)) * scale


def _camera(attrs: Mapping[str, Any]) -> Camera | None:
    """The camera of a sequence in mm and px; None if its attributes are incomplete."""
    if any(name not in attrs for name in "rtfc"):
        return None
    size = attrs.get("image_size")
    r, t, f, c = (np.asarray(attrs[name], dtype=np.float64) for name in "rtfc")
    if camera_moves(attrs):
        f, c = (np.broadcast_to(value, (len(r), 2)) for value in (f, c))
    return Camera(
        r=r,
        t=t * attrs["space_scale"],
        f=f * attrs["pixel_scale"],
        c=c * attrs["pixel_scale"],
        image_size=None if size is None else (int(size[0]), int(size[1])),
    )
