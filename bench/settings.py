"""Measure what the settings of an inference are worth with the paper's GAN, in one table.

`python bench/accuracy.py --quick` prints it. The motion is that of the evaluation sequences in
MOCAP_PATH. A row with "+" adds something to the setting of the row that it names. Noise, outliers
and missing joints come from the same random numbers in every run.
"""

from pathlib import Path

import numpy as np

from bench.motion import once_compiled, scores, trained
from inference.model.camera_knowledge import CameraKnowledge
from inference.params import InferenceParams, load_inference_params

GAN_ID, INFERENCE_ID, STEPS = "mocap_big", "mocap_big", 100_000

STARTS = {"n_starts": 4}
PRIOR = {**STARTS, "prior_weight": 3e-5}
ROBUST = {**PRIOR, "robust_loss": "huber", "robust_scale": 10.0}
UNPLACED = {**PRIOR, "camera": CameraKnowledge(extrinsics="unknown")}
FOCAL = {**PRIOR, "camera": CameraKnowledge(intrinsics="focal")}
BLIND = CameraKnowledge(extrinsics="unknown", intrinsics="unknown", size=[1024, 1024])

SETTINGS = (
    ("paper: one start, reprojection only", {}, {}),
    ("starts: paper + 4 starts", STARTS, {}),
    ("prior: starts + prior 3e-5", PRIOR, {}),
    ("prior + 8 starts, smoothest path", {**PRIOR, "n_starts": 8, "path_weight": 1e-5}, {}),
    ("prior, 5 px noise", PRIOR, {"noise": 5.0}),
    ("robust: prior + Huber 10 px, 5 px noise", ROBUST, {"noise": 5.0}),
    ("robust, 5 px noise, 5 % outliers", ROBUST, {"noise": 5.0, "outliers": 0.05}),
    ("prior, 5 px noise, 5 % outliers", PRIOR, {"noise": 5.0, "outliers": 0.05}),
    ("prior, 30 % of the joints missing", PRIOR, {"missing": 0.3}),
    ("prior, extrinsics unknown", UNPLACED, {}),
    ("prior, focal length unknown", FOCAL, {}),
    ("prior, nothing known of the camera", {**PRIOR, "camera": BLIND}, {}),
    ("prior, height known", {**PRIOR, "height": "known"}, {}),
)


def print_settings(models_dir: Path) -> None:
    """Train the GAN if it is not trained yet, and print the table."""
    params = load_inference_params(INFERENCE_ID)
    gan, _ = trained(GAN_ID, 0, models_dir, STEPS)
    print(f"\n{'setting':42}{'mean':>8}{'median':>8}{'90 %':>7}{'frames/s':>10}{'within':>8}")
    for name, changes, spoilt in SETTINGS:
        changed = params.model_copy(update={**changes, "uncertainty": True})
        mean, median, most, speed, within = evaluate(changed, gan, **spoilt)
        row = f"{mean:8.1f}{median:8.1f}{most:7.1f}{speed:10.0f}{within:8.2f}"
        print(f"{name:42}{row}", flush=True)
    print("\nwithin: share of the joints within their standard deviation, after alignment")


def evaluate(params: InferenceParams, gan, noise=0.0, outliers=0.0, missing=0.0) -> tuple:
    """Return mean, median and 90th percentile of the errors [mm], frames/s, and a share.

    The share is that of the joints which are within their standard deviation.

    Args:
        params: of the inference.
        gan: the trained GAN.
        noise: standard deviation of the image points [px].
        outliers: share of the image points that are far off.
        missing: share of the image points that are not observed.
    """
    from human_pose_util.dataset import load_dataset
    from human_pose_util.evaluate.joint_errors import individual_errors
    from inference.model.observe import observe_sequence
    from inference.runs.dataset_search import heights_of, search_for

    dataset = load_dataset(params.dataset, default_mode="eval")
    search, height = search_for(dataset, params, gan), heights_of(params)
    rng, observed = np.random.default_rng(0), []
    for key, sequence in dataset.items():
        spoilt = with_errors(sequence, rng, noise, outliers, missing)
        observed.append(observe_sequence(spoilt, height(key, sequence.attrs)))
    results, seconds = once_compiled(search.infer, observed)
    errors, deviations = [], []
    for result, sequence in zip(results, dataset.values(), strict=True):
        scale, view = sequence.attrs["space_scale"], "p3w" if result.frame == "world" else "p3c"
        truth = np.array(sequence[view])
        errors.append(scale * individual_errors(result.p3w, truth, reflection=False))
        deviations.append(scale * result.aligned_std)
    errors, deviations = np.concatenate(errors), np.concatenate(deviations)
    within = np.mean(errors < deviations)
    return *scores(errors.mean(axis=1), seconds), within


def with_errors(take, rng, noise=0.0, outliers=0.0, missing=0.0):
    """Return a sequence whose image points have errors.

    Args:
        take: the sequence.
        rng: source of random numbers.
        noise: standard deviation of the image points [px].
        outliers: share of the points with an additional error of 50 px standard deviation.
        missing: share of the points that become NaN.
    """
    from human_pose_util.dataset import PoseSequence

    p2, pixel_scale = np.array(take["p2"]), take.attrs["pixel_scale"]
    p2 = p2 + noise / pixel_scale * rng.normal(size=p2.shape)
    far = rng.uniform(size=p2.shape[:2]) < outliers
    p2[far] += 50 / pixel_scale * rng.normal(size=(far.sum(), 2))
    p2[rng.uniform(size=p2.shape[:2]) < missing] = np.nan
    return PoseSequence({"p3w": take["p3w"], "p2": p2}, take.attrs)
