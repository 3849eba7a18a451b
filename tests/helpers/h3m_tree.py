"""Writes folders laid out as Human3.6M, with known cameras."""

from pathlib import Path

import numpy as np

from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf

CAMERAS = ("54138969", "55011271", "58860488", "60457274")
OLD = "{kind}/{subject}"
OFFICIAL = "{subject}/MyPoseFeatures/{kind}"
KINDS = ("D3_positions", "D3_positions_mono", "D2_positions")
OFFICIAL_KINDS = ("D3_Positions", "D3_Positions_mono", "D2_Positions")


def true_camera(index):
    """Scalar code on purpose: f, c, r, t of a camera at azimuth 40° + 90° index."""
    azimuth = np.deg2rad(40 + 90 * index)
    centre = np.array([5000 * np.cos(azimuth), 5000 * np.sin(azimuth), 1500.0 + 10 * index])
    forward = np.array([0.0, 0.0, 900.0]) - centre
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    r = np.stack([right, np.cross(forward, right), forward])
    f = np.array([1145.0 + index, 1143.5 - index])
    c = np.array([512.5 + index, 515.25])
    return {"r": r, "t": -r @ centre, "f": f, "c": c}


def poses(n_frames, seed):
    """(n_frames, 32, 3) mm: a cloud of joints of a person's size that walks about."""
    rng = np.random.default_rng(seed)
    body = rng.uniform([-300, -300, 0], [300, 300, 1800], size=(32, 3))
    time = np.arange(n_frames)[:, None, None] / 50
    sway = 60 * np.sin(2 * np.pi * (time + rng.uniform(size=(32, 3))))
    path = 500 * np.concatenate([np.cos(time), np.sin(time), 0 * time], axis=-1)
    return body + sway + path


def write_cdf(path, values, name="Pose", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with load_pycdf().CDF(str(path), "") as cdf:
        cdf.new(name, values, **options)


def write_sequence(
    root,
    subject,
    name,
    n_frames=20,
    cameras=CAMERAS,
    layout=OLD,
    kinds=KINDS,
    dtype=np.float64,
    lengths=None,
    seed=None,
):
    """`lengths`: by camera (frames in the camera's file, frames in the image's)."""
    root = Path(root)
    seed = sum(map(ord, subject + name)) if seed is None else seed
    folders = [root / layout.format(kind=kind, subject=subject) for kind in kinds]
    p3w = poses(n_frames + 5, seed)

    def write(path, values, length):
        write_cdf(path, values[:length].reshape(1, length, -1).astype(dtype))

    write(folders[0] / f"{name}.cdf", p3w, n_frames)
    for camera in cameras:
        truth = true_camera(CAMERAS.index(camera))
        p3c = p3w @ truth["r"].T + truth["t"]
        p2 = p3c[..., :2] / p3c[..., 2:] * truth["f"] + truth["c"]
        n_camera, n_image = (lengths or {}).get(camera, (n_frames, n_frames))
        write(folders[1] / f"{name}.{camera}.cdf", p3c, n_camera)
        write(folders[2] / f"{name}.{camera}.cdf", p2, n_image)


def write_tree(root, sequences, **options):
    for subject, name in sequences:
        write_sequence(root, subject, name, **options)
    return Path(root)
