"""The page: template, style, script, three.js and the scene's arrays in one HTML file."""

import base64
import html
import json
from functools import cache
from pathlib import Path

import numpy as np

from human_pose_util import files
from human_pose_util.camera import Camera
from human_pose_util.vis import style, writer
from human_pose_util.vis.plot import ground_bounds
from human_pose_util.vis.scene import Scene

SUFFIXES = (".html",)
HERE = Path(__file__).parent
THREE = HERE.parent / "vendor" / "three.min.js"
LARGEST = 32767
MISSING = -32768  # NaN


def save(scene: Scene, path, progress: bool = True) -> None:
    """Write a scene as one page to be opened in a browser.

    Args:
        scene: what to show.
        path: file to write, replaced once it is complete.
        progress: unused; a page is written at once.

    Raises:
        SpecError: another suffix than .html.
        DataError: the file cannot be written.
    """
    path = writer.check_suffix(path, SUFFIXES)
    content = page(scene)
    with files.atomic(path) as temporary:
        temporary.write_text(content, encoding="utf-8")


def page(scene: Scene) -> str:
    """The HTML of a scene's page: about 0.5 MB for the program and 1 KB for each frame."""
    data = json.dumps(_content(scene), ensure_ascii=False, allow_nan=False)
    parts = {
        "title": html.escape(scene.title),
        "style": _asset(HERE / "viewer.css"),
        "three": _asset(THREE),
        "data": data.replace("<", "\\u003c"),
        "script": _asset(HERE / "viewer.js"),
    }
    content = _asset(HERE / "template.html")
    for name, text in parts.items():
        content = content.replace(f"<!--{name}-->", text, 1)
    return content


@cache
def _asset(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _content(scene: Scene) -> dict:
    """Everything that the script needs; positions in the unit shown."""
    shown = [p for p in (scene.shown, scene.shown_truth) if p is not None]
    hypotheses = scene.hypotheses_p3w
    if hypotheses is not None:
        hypotheses = np.asarray(hypotheses, dtype=float) * scene.unit_scale
    has_2d = scene.p2 is not None or scene.projected_p2 is not None
    elevation, azimuth = scene.eye
    return {
        "title": scene.title,
        "fps": float(scene.fps),
        "n_frames": scene.n_frames,
        "n_joints": scene.skeleton.n_joints,
        "bones": scene.skeleton.bones.tolist(),
        "joints": list(getattr(scene.skeleton, "joints", ())),
        "sides": list(scene.skeleton.sides),
        "unit": scene.unit,
        "bounds": ground_bounds(*shown, margin=0.25).tolist(),
        "view": [elevation, azimuth],
        "p3w": pack(scene.shown),
        "truth_p3w": pack(scene.shown_truth),
        "hypotheses_p3w": pack(hypotheses),
        "p2": pack(scene.p2),
        "projected_p2": pack(scene.projected_p2),
        "image_bounds": scene.image_bounds.tolist() if has_2d else None,
        "error": pack(scene.error),
        "error_name": scene.error_name,
        "joint_error": pack(scene.joint_error),
        "camera": _frustum(scene.camera, scene.unit_scale) if scene.camera else None,
        "colors": {
            "l": style.LEFT, "r": style.RIGHT, "": style.CENTRE, "truth": style.TRUTH,
            "error": style.ERROR, "ground": style.GROUND, "shadow": style.SHADOW,
            "text": style.TEXT,
        },
    }  # fmt: skip


def pack(array: np.ndarray | None) -> dict | None:
    """An array as 16-bit integers in base64, for JSON.

    Args:
        array: of any shape; what is not finite becomes "missing".

    Returns:
        `shape`, `step` and `data`: each value is its integer times `step`, off by at most half
        of that; None for None.
    """
    if array is None:
        return None
    array = np.asarray(array, dtype=np.float64)
    finite = np.isfinite(array)
    largest = np.abs(array[finite]).max(initial=0.0)
    step = largest / LARGEST if largest else 1.0
    integers = np.where(finite, np.round(np.where(finite, array, 0.0) / step), MISSING)
    data = base64.b64encode(integers.astype("<i2").tobytes()).decode()
    return {"shape": list(array.shape), "step": step, "data": data}


def _frustum(camera: Camera, scale: float) -> list[list[float]]:
    """Where the camera is, and the corners of its image 1 m before it, in the unit shown."""
    width, height = camera.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
    rays = np.concatenate([(corners - camera.c) / camera.f, np.ones((4, 1))], axis=1)
    world = camera.position + 1000 * rays @ camera.r
    return (np.concatenate([[camera.position], world]) * scale).tolist()
