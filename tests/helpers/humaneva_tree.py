"""Writes a HumanEva-I folder, laid out as the release is, from a synthetic walk."""

from pathlib import Path

import numpy as np
import scipy.io
from scipy.spatial.transform import Rotation

SEGMENTS = ("PEL", "TRX", "HED") + tuple(
    side + name for side in "LR" for name in ("FE", "TI", "CL", "HU", "RA")
)
LABELS = [f"{s}{a}" for s in SEGMENTS for a in "OPAL"] + ["LSHO", "RSHO", "STRN", "T10"]
OFFSETS = {"L": 48.0, "R": 52.0}
CAMERA = {
    "f": np.array([765.0, 762.0]),
    "c": np.array([321.5, 239.25]),
    "skew": 0.0,
    "k": np.array([-0.21, 0.14, 0.002, -0.001, 0.03]),
    "r": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    @ Rotation.from_euler("z", 20, degrees=True).as_matrix(),
    "t": np.array([15.0, 1100.0, 4300.0]),
}


def _turn(axis: str, angles: np.ndarray) -> Rotation:
    return Rotation.from_rotvec(angles[:, None] * np.eye(3)["xyz".index(axis)])


def _segment(markers: dict, name: str, origin: np.ndarray, axes: np.ndarray, length=100.0):
    markers[f"{name}O"] = origin
    for label, column in zip("ALP", range(3), strict=True):
        markers[f"{name}{label}"] = origin + length * axes[..., column]


def _along(vector: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Frames [n, 3, 3] with z along a vector, y as near to `side` as can be."""
    z = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    x = np.cross(side, z)
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-1)


def walk(n_frames: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Label → [n_frames, 3] mm: a person who walks in a circle and swings arms and legs."""
    rng = np.random.default_rng(seed)
    time = np.arange(n_frames) / 120
    phases = rng.uniform(0, 2 * np.pi, 20)
    swing = [np.sin(2 * np.pi * 0.9 * time + phase) for phase in phases]
    body = _turn("z", 0.5 * time) * _turn("y", 0.1 * swing[0])
    axes, side = body.as_matrix(), body.as_matrix()[..., 1]

    def at(*offset) -> np.ndarray:
        return axes @ np.array(offset, dtype=float)

    markers: dict[str, np.ndarray] = {}
    circle = np.stack([500 * np.cos(0.5 * time), 500 * np.sin(0.5 * time), 0 * time + 950], -1)
    thorax = circle + at(10, 0, 480)
    _segment(markers, "PEL", circle, axes)
    _segment(markers, "TRX", thorax, axes)
    head = body * _turn("x", 0.1 * swing[1]) * _turn("y", 0.2 * swing[2])
    _segment(markers, "HED", thorax + at(0, 0, 150), head.as_matrix())
    for sign, name, i in ((1, "L", 3), (-1, "R", 9)):

        def limb(start, length, angle):
            return start - length * (body * _turn("y", angle)).as_matrix()[..., 2]

        hip = circle + at(0, 90 * sign, -40)
        knee = limb(hip, 420.0, 0.5 * swing[i])
        ankle = limb(knee, 400.0, 0.3 * swing[i + 1] + 0.3)
        shoulder = thorax + at(0, 180 * sign, -20)
        elbow = limb(shoulder, 290.0, 0.6 * swing[i + 2])
        wrist = limb(elbow, 250.0, 0.4 * swing[i + 3] - 0.5)
        for kind, origin, proximal in (("FE", knee, hip), ("TI", ankle, knee)):
            frame = _along(proximal - origin, side)
            _segment(markers, name + kind, origin, frame, 100.0)
            markers[f"{name}{kind}P"] = proximal
        _segment(markers, name + "CL", shoulder, axes)
        _segment(markers, name + "HU", elbow, _along(shoulder - elbow, side))
        # The radius is not quite in line with the forearm.
        _segment(markers, name + "RA", wrist, _along(elbow - wrist + at(6, 4, 0), side))
        markers[f"{name}SHO"] = shoulder + at(0, 5 * sign, OFFSETS[name])
    markers["STRN"], markers["T10"] = thorax + at(90, 0, -150), thorax + at(-90, 0, -150)
    return markers


def stacked(markers: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([markers[label] for label in LABELS], axis=1)


def write_mat(path: Path, labels: list[str], markers: np.ndarray, prefix: str = "Bob:") -> None:
    """As the release's readC3D.m does: names and labels in cells, structs in 1×n arrays."""

    def cell(values) -> np.ndarray:
        array = np.empty((1, len(values)), dtype=object)
        array[0, :] = values
        return array

    def structs(entries: list[dict]) -> np.ndarray:
        array = np.empty((1, len(entries)), dtype=[(name, object) for name in entries[0]])
        for i, entry in enumerate(entries):
            for name, value in entry.items():
                array[0, i][name] = value
        return array

    def parameter(name: str, kind: float, dim, data) -> dict:
        return {
            "name": cell([name]),
            "datatype": kind,
            "dim": np.atleast_2d(dim),
            "data": data,
            "description": cell([""]),
        }

    text = cell([prefix + label for label in labels])
    point = structs(
        [
            parameter("USED", 2.0, [], float(len(labels))),
            parameter("LABELS", -1.0, [16, len(labels)], text),
            parameter("RATE", 4.0, [], 120.0),
        ]
    )
    subjects = structs([parameter("NAMES", -1.0, [3, 1], cell([prefix.rstrip(":")]))])
    groups = [
        {"name": cell(["SUBJECTS"]), "description": cell([""]), "Parameter": subjects},
        {"name": cell(["POINT"]), "description": cell([""]), "Parameter": point},
    ]
    scipy.io.savemat(
        path,
        {"Markers": markers, "VideoFrameRate": 120.0, "ParameterGroup": structs(groups)},
        do_compression=True,
    )


def write_cal(path: Path, camera: dict = CAMERA) -> None:
    numbers = [
        *camera["f"],
        *camera["c"],
        camera["skew"],
        *camera["k"],
        *camera["r"].ravel(),
        *camera["t"],
    ]
    path.write_text("".join(f"{number:.12g}\n" for number in numbers))


def write_subject(
    root: Path,
    subject_id: str,
    recordings: dict[str, dict[str, np.ndarray]],
    syncs: dict[str, tuple[float, float, float]],
    calibration: str = "Calibration_Data",
    c3d: bool = False,
) -> Path:
    """Args:
    recordings: sequence ("Walking_1") → markers.
    syncs: camera → the three numbers of all .ofs files of trial 1.
    """
    from tests.helpers.c3d_writer import write_c3d

    folder = root / subject_id
    for name in ("Mocap_Data", calibration, "Sync_Data"):
        (folder / name).mkdir(parents=True)
    (folder / "Mocap_Data" / f"{subject_id}.mp").write_text(
        f"$BodyMass = 70\n$LShoulderOffset = {OFFSETS['L']}\n$LElbowWidth = 75\n"
        f"$RShoulderOffset = {OFFSETS['R']}\n$HeadOffset = 12.5\n"
    )
    for camera in syncs:
        write_cal(folder / calibration / f"{camera}.cal")
    for sequence_id, markers in recordings.items():
        path = folder / "Mocap_Data" / f"{sequence_id}.mat"
        if c3d:
            prefixed = [f"Bob:{label}" for label in LABELS]
            write_c3d(path.with_suffix(".c3d"), prefixed, stacked(markers))
        else:
            write_mat(path, LABELS, stacked(markers))
        if sequence_id.endswith("_1"):
            for camera, numbers in syncs.items():
                text = "".join(f"{number:g}\n" for number in numbers)
                (folder / "Sync_Data" / f"{sequence_id}_({camera}).ofs").write_text(text)
    return root
