"""What settings of the inference are worth, in one table, on motion capture.

    python bench/accuracy.py --quick     one GAN
    python bench/accuracy.py             three GANs that differ by their seed: mean ± deviation

The GAN is that of `mocap_big`, the paper's; it is trained first where it is not there yet. Errors
are mean joint errors in mm after Procrustes alignment of every frame, without reflection, over all
frames of the evaluation sequences, seen by one camera at 10 Hz. "+" adds to the setting of the row
that it names. What is observed is spoilt by the same random numbers in every run.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from human_pose_util.cli import Parser, run, start_tensorflow
from inference.camera import Camera
from inference.params import InferenceParams
from serialization import ROOT, add_location_flags, load_gan_params, load_inference_params

MOCAP_PATH = ROOT.parent / "shared" / "mocap"
GAN_ID, INFERENCE_ID = "mocap_big", "mocap_big"
STEPS, SEEDS = 100_000, 3

STARTS = {"n_starts": 4}
PRIOR = {**STARTS, "prior_weight": 3e-5}
ROBUST = {**PRIOR, "robust_loss": "huber", "robust_scale": 10.0}
UNPLACED = {**PRIOR, "camera": Camera(extrinsics="unknown")}
FOCAL = {**PRIOR, "camera": Camera(intrinsics="focal")}
BLIND = Camera(extrinsics="unknown", intrinsics="unknown", size=[1024, 1024])

SETTINGS = (
    ("paper: one start, reprojection only", {}, {}),
    ("starts: paper + 4 starts", STARTS, {}),
    ("prior: starts + prior 3e-5", PRIOR, {}),
    ("prior + L-BFGS", {**PRIOR, "optimizer": "lbfgs"}, {}),
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


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--quick", action="store_true", help="one GAN instead of several")
    parser.add_argument("--max_steps", type=int, default=STEPS, help="of training, where needed")
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    os.environ.setdefault("MOCAP_PATH", str(MOCAP_PATH))
    params = load_inference_params(INFERENCE_ID)
    start_tensorflow()
    seeds = range(1 if args.quick else SEEDS)
    gans = [trained(seed, args.models_dir, args.max_steps) for seed in seeds]
    print(f"\n{'setting':42}{'mean':>12}{'median':>8}{'90 %':>7}{'frames/s':>10}{'std':>6}")
    for name, changes, spoilt in SETTINGS:
        changed = params.model_copy(update={**changes, "uncertainty": True})
        rows = [evaluate(changed, gan, **spoilt) for gan in gans]
        mean, median, most, speed, calibration = np.mean(rows, axis=0)
        spread = "" if len(gans) == 1 else f" ± {np.std([row[0] for row in rows]):.1f}"
        mean = f"{mean:.1f}{spread}"
        print(
            f"{name:42}{mean:>12}{median:8.1f}{most:7.1f}{speed:10.0f}{calibration:6.2f}",
            flush=True,
        )
    print("\nstd: root mean square of error / predicted standard deviation, after alignment")


def trained(seed: int, models_dir: Path, max_steps: int):
    """The GAN of a seed; that of the parameter file's seed is the one that train.py trains."""
    from gan import GanBuilder

    gan = GanBuilder(GAN_ID, None, models_dir)
    own = load_gan_params(GAN_ID).seed
    if seed:
        gan.params = gan.params.model_copy(update={"seed": own + seed})
        gan.model_dir = gan.model_dir.with_name(f"{GAN_ID}_seed{own + seed}")
    if gan.latest_checkpoint is None:
        gan.train(max_steps)
    return gan


def evaluate(params: InferenceParams, gan, noise=0.0, outliers=0.0, missing=0.0) -> tuple:
    """Mean, median and 90th percentile of the errors [mm], frames/s, and the calibration."""
    from human_pose_util.dataset import load_dataset
    from human_pose_util.evaluate.metrics import align, joint_errors
    from inference.observations import observe
    from inference.run import heights_of, optimizer_of

    dataset = load_dataset(params.dataset, default_mode="eval")
    optimizer, height = optimizer_of(params, gan, dataset), heights_of(params)
    rng, observed = np.random.default_rng(0), []
    for key, sequence in dataset.items():
        a = sequence.attrs
        p2 = spoil(np.array(sequence["p2"]), rng, a["pixel_scale"], noise, outliers, missing)
        camera = (a[name] for name in "rtfc")
        observed.append(observe(p2, *camera, dt=1 / a["fps"], height=height(key, a)))
    optimizer.infer(observed)  # compiles
    began = time.perf_counter()
    results = optimizer.infer(observed)
    seconds = time.perf_counter() - began
    errors, deviations = [], []
    for result, sequence in zip(results, dataset.values(), strict=True):
        scale, view = sequence.attrs["space_scale"], "p3w" if result.frame == "world" else "p3c"
        truth = np.array(sequence[view])
        errors.append(scale * joint_errors(align(result.p3w, truth), truth))
        deviations.append(scale * result.aligned_std)
    errors, deviations = np.concatenate(errors), np.concatenate(deviations)
    by_frame = errors.mean(axis=1)
    calibration = np.sqrt(np.mean((errors / deviations) ** 2))
    speed = len(errors) / seconds
    return by_frame.mean(), np.median(by_frame), np.percentile(by_frame, 90), speed, calibration


def spoil(p2, rng, pixel_scale, noise, outliers, missing) -> np.ndarray:
    """Image points with normal noise [px], some far off (50 px), some not seen."""
    p2 = p2 + noise / pixel_scale * rng.normal(size=p2.shape)
    far = rng.uniform(size=p2.shape[:2]) < outliers
    p2[far] += 50 / pixel_scale * rng.normal(size=(far.sum(), 2))
    p2[rng.uniform(size=p2.shape[:2]) < missing] = np.nan
    return p2


if __name__ == "__main__":
    run(main)
