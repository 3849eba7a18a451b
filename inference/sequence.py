"""Inference of one sequence from Python."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan import GanBuilder
from human_pose_util.arguments import check, check_number, numbers
from human_pose_util.camera import CAMERA_ARRAYS, Camera
from human_pose_util.errors import DataError, SpecError
from human_pose_util.registry import get_converter
from human_pose_util.units import MM_PER_M, PX_PER_UNIT
from human_pose_util.validation import parse
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.observations import Observations
from inference.model.observe import observe
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.settings import LARGEST_HEIGHT, LEAST_HEIGHT, SearchSettings
from inference.solvers.execution import execution_for

log = logging.getLogger(__name__)

LONGEST_STEP = 5.0
"""Longest time between frames [s]; a larger number is likely to be a rate, such as 25."""

HIGHEST_CAMERA = 300.0
"""Greatest height of a camera above the floor [m]: above the heights at which drones may fly."""

LONGEST_FOCAL_LENGTH = 100_000.0
"""Greatest focal length [px], with which an image 4000 px wide shows 2°."""


def infer_sequence_poses(
    gan_id: str | GanBuilder,
    p2,
    r,
    t,
    f,
    c,
    dt: float,
    loss_weights: Mapping[str, Any],
    tol: float,
    target_skeleton_id: str | None = None,
    *,
    joint_weights=None,
    height: float | None = None,
    camera: CameraKnowledge | None = None,
    space_scale: float = MM_PER_M,
    pixel_scale: float = PX_PER_UNIT,
    gan_params_dir: Path | None = None,
    models_dir: Path | None = None,
    **options: Any,
) -> tuple[np.ndarray, InferenceResult]:
    """Infer the 3D poses of a sequence from 2D joints; units are metres and thousands of pixels.

    Other units are set by `space_scale` and `pixel_scale`.

    Args:
        gan_id: the id of a trained GAN, or a `GanBuilder`.
        p2: [n_frames, n_joints, 2] image points; NaN for a joint that was not observed.
        r: rotation from the world's frame (z up, floor at z = 0) to the camera's (x right, y down,
            z ahead): a matrix [3, 3], or matrices [n_frames, 3, 3].
        t: translation to the camera's frame, [3] or [n_frames, 3].
        f: focal lengths, in the unit of p2, [2] or [n_frames, 2].
        c: principal point, in the unit of p2, [2] or [n_frames, 2].
        dt: time between frames [s], at most 5.
        loss_weights: all weights of the objective's terms by the keys of the parameter files, such
            as "consistency_weight" and "body_weight"; each is 0 where it is left out. With the key
            "proposal_weight", even with the value 0, the search starts at the GAN's proposal. The
            keys "smoothness_about", "robust_loss" and "robust_scale" (in the unit of p2) are
            allowed too.
        tol: relative change of the cost at which the search stops.
        target_skeleton_id: skeleton of p2 and of the poses; by default the GAN's own.
        joint_weights: [n_frames, n_joints] confidences of the image points; by default 1.
        height: height of the subject, in the unit of t; None where it is unknown.
        camera: what of r, t, f and c is known; by default everything. The search does not use what
            is unknown, but all four have to be given.
        space_scale: the unit of t and of the poses [mm]; by default metres.
        pixel_scale: the unit of p2, f and c [px]; by default thousands of pixels.
        gan_params_dir: folder of the GANs' parameter files; by default the repository's.
        models_dir: folder of the trained GANs; by default the repository's.
        **options: the other keys of `inference.settings.SearchSettings`, such as `optimizer`,
            `n_starts` and `uncertainty`, but for `body`: one sequence has one body.

    Returns:
        p3w: [n_frames, n_joints, 3] poses, in the unit of t, in the world's frame, or in the
            camera's where its extrinsics are unknown.
        result: the poses with status, cost and iterations of every frame, latent vectors and more.

    Raises:
        SpecError: there is no such GAN, skeleton, converter, weight or option, or a value is out of
            its range.
        DataError: the GAN is not trained, arrays are no numbers, shapes do not fit, or a unit is
            wrong: no image point lies before the camera, the focal length is too long, or the
            camera is not near the floor.
    """
    gan = GanBuilder.of(gan_id, gan_params_dir, models_dir)
    _check_arguments(loss_weights, dt, space_scale, pixel_scale, height)
    settings = _settings(loss_weights, options, tol, camera, height, pixel_scale)
    if joint_weights is not None:
        joint_weights = numbers("joint_weights", joint_weights)
    for name, value in zip(CAMERA_ARRAYS, (r, t, f, c), strict=True):
        expected = "numbers; any numbers will do where `camera` says that it is unknown"
        check(f"infer_sequence_poses: {name}", value, lambda v: v is not None, expected)
    cameras = Camera(numbers("r", r), numbers("t", t), numbers("f", f), numbers("c", c))
    p2 = numbers("p2", p2)
    observed = observe(p2, cameras, dt, joint_weights, height)
    _check_units(p2, observed, settings, space_scale, pixel_scale)
    source = gan.skeleton.id
    converter = get_converter(source, target_skeleton_id or source)
    execution = execution_for(len(observed) * settings.n_starts)
    search = PoseSearch(gan, settings, converter, space_scale, pixel_scale, execution)
    result = search.infer([observed])[0]
    return result.p3w, result


def _settings(
    loss_weights: Mapping[str, Any],
    options: Mapping[str, Any],
    tol: float,
    camera: CameraKnowledge | None,
    height: float | None,
    pixel_scale: float,
) -> SearchSettings:
    """The settings of the search that the arguments of `infer_sequence_poses` make.

    Raises:
        SpecError: a setting is given twice, is unknown, or its value is out of its range.
    """
    from_arguments = {
        "tol": tol,
        "camera": camera or CameraKnowledge(),
        "height": "unknown" if height is None else "known",
    }
    for name, value in (("camera", camera), ("height", height)):
        # Both are always among these settings, so the message "given twice" would be wrong here.
        if value is None and name in loss_weights:
            raise SpecError(f"infer_sequence_poses: {name} is an argument of its own, no weight")
    given = [*loss_weights, *options]
    if twice := [name for name in given if name in from_arguments or given.count(name) > 1]:
        raise SpecError(f"infer_sequence_poses: {twice[0]} is given twice")
    if "body" in given:
        raise SpecError("infer_sequence_poses: body is for data sets: one sequence has one body")
    # In parameter files this weight is 1 by default; here, a weight that is left out is 0.
    values = {"consistency_weight": 0.0, **loss_weights, **options, **from_arguments}
    settings = parse(SearchSettings, values, "infer_sequence_poses")
    # The settings have it in pixels, so that presets do not depend on the unit of image points.
    if "robust_scale" in given:
        settings = settings.model_copy(update={"robust_scale": settings.robust_scale * pixel_scale})
    return settings


def _check_units(
    p2: np.ndarray,
    observed: Observations,
    settings: SearchSettings,
    space_scale: float,
    pixel_scale: float,
) -> None:
    """Raise DataError where a unit is wrong, as that of a camera far above the floor.

    A warning says that nothing is observed.
    """
    if not observed.has_joints.any():
        if np.isfinite(p2).any() and settings.camera.intrinsics == "known":
            raise DataError(
                "infer_sequence_poses: no point of p2 lies before the camera, or none has a "
                "weight: have p2, f and c the same unit?"
            )
        log.warning("infer_sequence_poses: nothing is observed in any frame: the poses are means")
    f = observed.camera.f.max() * pixel_scale
    if settings.camera.intrinsics == "known" and f > LONGEST_FOCAL_LENGTH:
        raise DataError(
            f"infer_sequence_poses: f is {f:.3g} px: are p2, f and c in the unit of pixel_scale, "
            f"{pixel_scale:g} px?"
        )
    height = observed.camera.position[:, 2].max() * space_scale / MM_PER_M
    if settings.camera.extrinsics == "known" and height > HIGHEST_CAMERA:
        raise DataError(
            f"infer_sequence_poses: t puts the camera {height:.0f} m above the floor: is t in the "
            f"unit of space_scale, {space_scale:g} mm?"
        )


def _check_arguments(
    loss_weights: Mapping[str, Any],
    dt: float,
    space_scale: float,
    pixel_scale: float,
    height: float | None,
) -> None:
    """Raise SpecError for an argument of a wrong type or out of range, as a height in mm."""
    where, expected = "infer_sequence_poses", "a dict of weights by name"
    check(f"{where}: loss_weights", loss_weights, lambda v: isinstance(v, Mapping), expected)
    positive = {"dt": dt, "space_scale": space_scale, "pixel_scale": pixel_scale}
    if height is not None:
        positive["height"] = height
    for name, value in positive.items():
        check_number(f"{where}: {name}", value, lambda v: 0 < v < np.inf, "a positive number")
    rate = f"a time between frames in seconds, at most {LONGEST_STEP:g}; {dt:g} looks like a rate"
    check(f"{where}: dt", dt, lambda v: v <= LONGEST_STEP, rate)
    if height is None:
        return
    metres = height * space_scale / MM_PER_M
    if not LEAST_HEIGHT <= metres <= LARGEST_HEIGHT:
        raise SpecError(
            f"infer_sequence_poses: height = {height:g} is {metres:g} m in the unit of t, "
            f"space_scale: expected {LEAST_HEIGHT:g} to {LARGEST_HEIGHT:g} m"
        )
