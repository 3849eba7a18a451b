"""From inferred poses and the sequence of a data set to the scene that compares them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from human_pose_util.camera import Camera, camera_moves
from human_pose_util.dataset import PoseSequence
from human_pose_util.dataset.sequence import MM_AND_PX
from human_pose_util.evaluate.metrics import align, joint_errors, mpjpe
from human_pose_util.evaluate.results_file import ResultsError
from human_pose_util.evaluate.results_reader import InferredSequence
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import Converter
from human_pose_util.vis.scene import Scene


class StoredUncertainty(NamedTuple):
    """What a run may store beside the poses of a sequence, in their frame and unit.

    Attributes:
        hypotheses: [k, n_frames, n_joints, 3] other poses; None where there are none.
        deviations: [n_frames, n_joints] standard deviations of the joints; None where there are
            none.
    """

    hypotheses: np.ndarray | None = None
    deviations: np.ndarray | None = None


def sequence_scene(
    inferred: InferredSequence,
    sequence: PoseSequence,
    sequence_skeleton_id: str | None = None,
    title: str = "",
    uncertainty: StoredUncertainty | None = None,
) -> Scene:
    """Compare inferred poses with the sequence that they were inferred from.

    Both are drawn in the world frame where they are, without alignment. Inferred poses in the
    frame of the camera, of an inference that did not know the extrinsics, are drawn where the
    extrinsics of the sequence put them. The errors are those after Procrustes alignment of each
    frame.

    Args:
        inferred: the inferred poses, in whose skeleton the scene is drawn. The intrinsics that the
            inference used or found replace those of the sequence.
        sequence: arrays `p3w` and `p2`, both optional, and `attrs`, of which `space_scale` and
            `pixel_scale` turn the units of the arrays into mm and px.
        sequence_skeleton_id: id of the skeleton of the sequence; by default that of the poses.
        title: one line that describes the scene.
        uncertainty: other poses and standard deviations; None where the run stored none.

    Returns:
        The scene, in mm and px.

    Raises:
        ResultsError: the inferred poses and the sequence differ in their number of frames or
            joints.
        SpecError: a skeleton is unknown, or the sequence cannot be converted to that of the poses.
    """
    skeleton_id, mm = inferred.skeleton_id, inferred.space_scale
    converter = get_converter(sequence_skeleton_id or skeleton_id, skeleton_id)
    attrs = MM_AND_PX | sequence.attrs | inferred.intrinsics
    truth = _poses(sequence, "p3w", converter, attrs["space_scale"])
    p2 = _poses(sequence, "p2", converter, attrs["pixel_scale"])
    p3w = np.asarray(inferred.p3w * mm, dtype=np.float64)
    beside = uncertainty or StoredUncertainty()
    hypotheses, std = (None if array is None else array * mm for array in beside)
    for name, array in (("poses", truth), ("2D observations", p2)):
        if array is not None and array.shape[:-1] != p3w.shape[:-1]:
            raise ResultsError(
                f"{title}: the results have shape {p3w.shape}, the data set's {name} "
                f"{array.shape}: the inference was run on other data",
                outdated=True,
            )
    camera = _camera(attrs)
    if inferred.frame == "camera" and camera is not None:
        p3w = camera.to_world(p3w)
        if hypotheses is not None:
            hypotheses = camera.to_world(hypotheses)
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
        hypotheses_p3w=hypotheses,
        camera=camera,
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
