"""The page of a scene: template, style, script, three.js and the arrays in one HTML file."""

import base64
import html
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util import files
from human_pose_util.camera import Camera
from human_pose_util.suffixes import check_suffix
from human_pose_util.units import MM_PER_M
from human_pose_util.vis import style
from human_pose_util.vis.html.film_pictures import film_pictures
from human_pose_util.vis.scene import Scene

SUFFIXES = (".html",)
FOLDER = Path(__file__).parent
THREE = FOLDER.parent / "vendor" / "three.min.js"
VALUES = ("title", "n_frames", "first_frame", "unit", "error_name")
"""Values of a scene that its page holds as they are."""
POSITIONS = ("p3w", "truth_p3w", "hypotheses_p3w")
OTHER_ARRAYS = ("p2", "projected_p2", "error", "joint_error")
"""Arrays of a scene that its page holds; positions are there in the unit of the pictures."""
LARGEST = 32767
"""Largest 16-bit integer."""
MISSING = -32768
"""The 16-bit integer that stands for NaN."""


def save(scene: Scene, path: str | os.PathLike) -> None:
    """Write a scene as one page, to be opened in a browser.

    Args:
        scene: the scene to show.
        path: file to write; an existing file is replaced once the page is complete.

    Raises:
        SpecError: the file has another suffix than .html.
        DataError: the file cannot be written.
    """
    path = check_suffix(path, SUFFIXES)
    content = page(scene)
    with files.atomic(path) as temporary:
        temporary.write_text(content, encoding="utf-8")


def page(scene: Scene) -> str:
    """The HTML of the page of a scene.

    It has about 0.5 MB for the program and 1 KB for each frame, or 10 to 30 KB with the picture of
    a film, whose pictures have 14 MB together at most.
    """
    data = json.dumps(_content(scene), ensure_ascii=False, allow_nan=False)
    parts = {
        "title": html.escape(scene.title),
        "style": _asset(FOLDER / "viewer.css"),
        "three": _asset(THREE),
        # JSON inside of a <script> element ends at "</script>", which a title could contain; in
        # JSON, the escape sequence is the same character.
        "data": data.replace("<", "\\u003c"),
        "script": _asset(FOLDER / "viewer.js"),
    }
    content = _asset(FOLDER / "template.html")
    for name, text in parts.items():
        content = content.replace(f"<!--{name}-->", text, 1)
    return content


@cache
def _asset(path: Path) -> str:
    """The text of a file of this package."""
    return path.read_text(encoding="utf-8")


def _content(scene: Scene) -> dict[str, Any]:
    """Everything that the script needs; positions are in the unit of the pictures."""
    image_bounds = scene.image_bounds
    return {
        **{name: getattr(scene, name) for name in VALUES},
        **{name: pack(getattr(scene, name), scene.unit_scale) for name in POSITIONS},
        **{name: pack(getattr(scene, name)) for name in OTHER_ARRAYS},
        "std": pack(scene.std, scene.unit_scale),
        "doubt": {person: pack(values) for person, values in (scene.doubt or {}).items()},
        "fps": float(scene.fps),
        "n_joints": scene.skeleton.n_joints,
        "bones": scene.skeleton.bones.tolist(),
        "sides": list(scene.skeleton.sides),
        "bounds": scene.bounds.tolist(),
        "view": list(scene.eye),
        "pictures": film_pictures(scene),
        "image_bounds": None if image_bounds is None else image_bounds.tolist(),
        "camera": _frusta(scene.camera, scene.unit_scale) if scene.camera else None,
        "colors": {
            **style.LIMBS, "truth": style.TRUTH, "error": style.ERROR,
            "ground": style.GROUND, "shadow": style.SHADOW, "text": style.TEXT,
            "doubt": style.DOUBT,
        },
    }  # fmt: skip


def pack(array: np.ndarray | None, scale: float = 1.0) -> dict[str, Any] | None:
    """Pack an array for JSON as 16-bit integers in base64.

    Args:
        array: array of any shape; a value that is not finite becomes `MISSING`.
        scale: factor of the values.

    Returns:
        `shape`, `step` and `data`. A value is its integer times `step`, with an error of at most
        half a step: for poses within 5 m, less than 0.1 mm. None for None.
    """
    if array is None:
        return None
    array = np.asarray(array, dtype=np.float64) * scale
    finite = np.isfinite(array)
    largest = np.abs(array[finite]).max(initial=0.0)
    step = largest / LARGEST if largest else 1.0
    integers = np.where(finite, np.round(np.where(finite, array, 0.0) / step), MISSING)
    data = base64.b64encode(integers.astype("<i2").tobytes()).decode()
    return {"shape": list(array.shape), "step": step, "data": data}


def _frusta(camera: Camera, scale: float) -> list[list[list[float]]]:
    """Five points of one camera, or of the camera of each frame, in the pictures' unit.

    They are the place of the camera, and the corners of its image at 1 m.

    An image point (u, v) is the projection of ((u − c_u) / f_u, (v − c_v) / f_v, 1), in the
    camera frame, times any depth. The rows of this ray times R are the ray in the world.
    """
    each = camera if camera.is_of_frames else camera.over_frames(1)
    width, height = camera.first.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
    in_image = (corners - each.c[:, None]) / each.f[:, None]
    rays = np.concatenate([in_image, np.ones((*in_image.shape[:2], 1))], axis=-1)
    position = each.position[:, None]
    world = position + MM_PER_M * rays @ each.r
    return (np.concatenate([position, world], axis=1) * scale).tolist()
