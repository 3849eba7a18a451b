"""A data set of figures with four joints, simple enough to be learnt within seconds."""

import numpy as np

from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.skeleton import Skeleton

TOY = Skeleton(
    "toy",
    (("hips", None), ("l_foot", "hips"), ("r_foot", "hips"), ("head", "hips")),
    feet=("l_foot", "r_foot"),
    hips=("l_foot", "r_foot"),
)
DATASET = {"type": "toy", "normalize_kwargs": {"space_scale": 1000}}


def toy_poses(n: int, seed: int = 0) -> np.ndarray:
    """Random poses: feet a step apart, hips at one of two heights (standing or crouched), turned.

    Args:
        n: number of poses.
        seed: seed of the poses.

    Returns:
        [n, 4, 3] joints in mm, in the world.
    """
    rng = np.random.default_rng(seed)
    hips = np.where(rng.uniform(size=n) < 0.5, 500, 900) + rng.normal(scale=30, size=n)
    step, lean = rng.normal(300, 60, size=n), rng.normal(scale=100, size=n)
    zero = np.zeros(n)
    x = np.stack([zero, step, -step, lean], axis=1)
    z = np.stack([hips, zero, zero, hips + 700], axis=1)
    turn = rng.uniform(-np.pi, np.pi, size=n)[:, None]
    place = rng.uniform(-2000, 2000, size=(2, n, 1))
    return np.stack([np.cos(turn) * x + place[0], np.sin(turn) * x + place[1], z], axis=-1)


def register_toy(patch, n: int = 2000) -> None:
    """Register the skeleton and the data set "toy".

    Args:
        patch: pytest's monkeypatch, which undoes the registration.
        n: about how many poses the data set has to train on.
    """
    for name in ("_skeletons", "_loaders", "_datasets"):
        patch.setattr(register, name, dict(getattr(register, name)))
    register.register_skeleton(TOY)
    register.register_dataset("toy", lambda: toy_dataset(n))


def toy_dataset(n: int) -> Dataset:
    """A data set of recordings "a" and "b" to train on and "c" to evaluate, each of two cameras.

    A tenth of the frames misses a joint.
    """
    sequences = {}
    for seed, (take, mode) in enumerate((("a", "train"), ("b", "train"), ("c", "eval"))):
        p3w = toy_poses(n // 2, seed)
        p3w[::10, 3] = np.nan
        attrs = {"subject_id": "s", "sequence_id": take, "mode": mode, "fps": 10.0, "n_frames": n}
        for camera in ("c1", "c2"):
            sequences[f"s/{take}/{camera}"] = PoseSequence(
                {"p3w": p3w}, {**attrs, "camera_id": camera}
            )
    return Dataset(sequences, {"skeleton_id": "toy"})
