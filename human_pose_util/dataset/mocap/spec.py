"""`dataset.json` at the root of a motion capture folder; every key is optional.

    {
      "bvh_unit_mm": 56.444,        the BVH files' unit of length in mm; by default 56.444 for
                                    files with the joint names of CMU, and 10 for others
      "bvh_up_axis": "y",           the BVH files' vertical axis, "y" or "z"
      "bvh_joints": {...}           s24 joint → the BVH files' name of it, or a list of names whose
                                    mean it is; by default the names of known tools
      "amc_fps": 120,               the AMC files' frame rate
      "eval": ["01/01_05", ...],    the sequences of mode "eval", folder/file without its suffix
      "cameras": [...]              instead of the rig of four, any of
        {"azimuth": 40, "distance": 5000, "height": 1500, "aim_height": 900}   round the middle
        {"r": [[...], [...], [...]], "t": [...]}                               fixed in the world
        and both, optional: "id", "f": [1145, 1145], "c": [512, 512], "image_size": [1024, 1024]
    }

Lengths are in mm, angles in degrees. A change of `amc_fps`, `eval` or `cameras` applies when the
data set is next loaded; after a change of what concerns BVH files all files are converted again.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from human_pose_util.dataset.mocap.joints import REQUIRED
from human_pose_util.dataset.mocap.rig import DEFAULT_RIG, Positive, RigCamera
from human_pose_util.dataset.text import quote
from human_pose_util.errors import SpecError
from human_pose_util.skeleton import S24
from human_pose_util.validation import StrictModel, parse, read_json

FILE = "dataset.json"


class MocapSpec(StrictModel):
    """The contents of a `dataset.json`; the docstring of the module explains the keys."""

    bvh_unit_mm: Annotated[float, Field(ge=1e-3, le=1e4)] | None = None
    bvh_up_axis: Literal["y", "z"] = "y"
    bvh_joints: dict[str, str | list[str]] | None = None
    amc_fps: Positive = 120.0
    eval: list[str] | None = None
    cameras: Annotated[tuple[RigCamera, ...], Field(min_length=1, max_length=64, strict=False)] = (
        DEFAULT_RIG
    )

    @field_validator("bvh_joints")
    @classmethod
    def _of_s24(cls, joints: dict[str, str | list[str]] | None) -> dict | None:
        """The joints are those of s24, and none that every pose needs is missing."""
        if joints is not None:
            unknown = [joint for joint in joints if not S24.has_joint(joint)]
            missing = [joint for joint in REQUIRED if not joints.get(joint)]
            if unknown:
                raise ValueError(f"s24 has no joint {unknown[0]!r}: it has {', '.join(S24.joints)}")
            if missing:
                raise ValueError(f"the name of {missing[0]!r} is missing")
        return joints

    @field_validator("cameras")
    @classmethod
    def _named(cls, cameras: tuple[RigCamera, ...]) -> tuple[RigCamera, ...]:
        """Cameras without an id are `cam0`, `cam1`, … by their place in the list."""
        ids = [camera.id or f"cam{i}" for i, camera in enumerate(cameras)]
        if len(set(ids)) < len(ids):
            raise ValueError("two cameras have the same id")
        return tuple(c.model_copy(update={"id": i}) for c, i in zip(cameras, ids, strict=True))


def read_spec(root: Path) -> MocapSpec:
    """The specification of a motion capture folder; the defaults where it has no `dataset.json`.

    Raises:
        SpecError: the file cannot be read, or has an unknown key or a wrong value.
    """
    path = root / FILE
    if not os.path.lexists(path):
        return MocapSpec()
    return parse(MocapSpec, read_json(path), str(path))


def eval_keys(spec: MocapSpec, keys: list[str], root: Path) -> set[str]:
    """The sequences `<subject>/<file stem>` of mode "eval"; by default the last of each subject.

    Args:
        spec: the folder's specification.
        keys: all sequences, sorted.
        root: the folder, for messages.

    Raises:
        SpecError: the specification names a sequence that does not exist.
    """
    if spec.eval is None:
        return set({key.rpartition("/")[0]: key for key in keys}.values())
    for key in spec.eval:
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "name them folder/file, no suffix"
            raise SpecError(f"{root / FILE}: key 'eval': there is no sequence {quote(key)}; {hint}")
    return set(spec.eval)
