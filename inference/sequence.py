"""Inference of one sequence from Python."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan import GanBuilder
from human_pose_util.errors import SpecError
from human_pose_util.registry import get_converter
from inference.model.camera_knowledge import Camera
from inference.model.observations import observe
from inference.objective.frame_objective import Weights
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import Options, PoseOptimizer
from inference.search.proposals import proposer_for


def infer_sequence_poses(
    gan_id: str,
    p2,
    r,
    t,
    f,
    c,
    dt: float,
    loss_weights: Mapping[str, float],
    tol: float,
    target_skeleton_id: str | None = None,
    *,
    joint_weights=None,
    height: float | None = None,
    camera: Camera | None = None,
    space_scale: float = 1000.0,
    pixel_scale: float = 1000.0,
    gan_params_dir: Path | None = None,
    models_dir: Path | None = None,
    **options,
) -> tuple[np.ndarray, InferenceResult]:
    """Infer the 3D poses of a sequence from 2D joints.

    Args:
        gan_id: a trained GAN.
        p2: [n_frames, n_joints, 2] image points; NaN for a joint that was not seen.
        r: rotation from the world to the camera frame, vector [3] or matrix [3, 3].
        t: [3] translation to the camera frame.
        f: [2] focal lengths, in the unit of p2.
        c: [2] principal point, in the unit of p2.
        dt: seconds between frames.
        loss_weights: "consistency_weight", "critic_weight", "smoothness_weight", "glide_weight",
            "prior_weight", "proposal_weight"; those left out are 0. Where the last is given, be it
            0, the proposal network gives the start. Also "robust_loss" and "robust_scale", in the
            unit of p2.
        tol: relative change of the cost at which to stop.
        target_skeleton_id: skeleton of p2 and of the poses; by default the GAN's own.
        joint_weights: [n_frames, n_joints] confidences of the image points.
        height: the subject's, in the unit of t, where it is known.
        camera: what of r, t, f and c is known; by default all. What is not known is not used.
        space_scale: the unit of t [mm]; metres by default.
        pixel_scale: the unit of p2, f and c [px]; thousands by default.
        gan_params_dir: where parameter files are, if not in the repository.
        models_dir: where models are, if not in the repository.
        **options: `optimizer`, `n_starts`, `max_iterations`, `keep_hypotheses`, `path_weight`,
            `uncertainty`, as in the parameter files.

    Returns:
        p3w: [n_frames, n_joints, 3] poses in the world frame (in the camera's where its
            extrinsics are not known), in the unit of t.
        result: the same with status, cost and iterations of every frame, latent vectors and more.

    Raises:
        SpecError: no such GAN, skeleton, converter or loss term.
        DataError: the GAN is not trained, or shapes do not fit.
    """
    builder = GanBuilder(gan_id, gan_params_dir, models_dir)
    source = builder.skeleton.id
    optimizer = PoseOptimizer(
        builder.generator,
        builder.critic,
        get_converter(source, target_skeleton_id or source),
        named_weights(loss_weights),
        Options(tol=tol, **options),
        space_scale,
        pixel_scale,
        camera,
        height is not None,
        proposer_for(builder, loss_weights.get("proposal_weight")),
    )
    result = optimizer.infer([observe(p2, r, t, f, c, dt, joint_weights, height)])[0]
    return result.p3w, result


def named_weights(loss_weights: Mapping[str, float]) -> Weights:
    """Weights by the names of the parameter files, "consistency_weight" and so on."""
    try:
        given = {name.removesuffix("_weight"): value for name, value in loss_weights.items()}
        return Weights(**{"consistency": 0.0, **given})
    except TypeError:
        fields = Weights.__dataclass_fields__
        known = ", ".join(f if f.startswith("robust") else f"{f}_weight" for f in fields)
        raise SpecError(f"loss_weights: {sorted(loss_weights)} must be among {known}") from None
