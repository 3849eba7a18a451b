"""Parameter files in the older format of the original repository, and what to write instead.

There a data set is one name, such as "h3m_consistent_scaled_c1_10fps", under which a script had
registered it. The parts of a name tell how the data set is filtered and normalised.
"""

import json
import re
from typing import Any

_NAME = re.compile(
    r"(?P<type>h3m|eva)(?:_base)?(?:_(?P<skeleton>s14|s16))?(?P<consistent>_consistent)?"
    r"(?P<scaled>_scaled)?(?P<camera>_c1)?(?P<fps>_10fps)?"
)
_SKELETONS = {"h3m": "s24", "eva": "s20"}


def refuse_original_name(dataset: Any, for_gan: bool) -> None:
    """Raise ValueError, which says what to write, where a data set is given by a name alone.

    Args:
        dataset: the value of the key `dataset` in a parameter file.
        for_gan: whether the file describes a GAN, whose poses are in heights of the subject.
    """
    if not isinstance(dataset, str):
        return
    match = _NAME.fullmatch(dataset)
    spec = {"type": dataset} if match is None else _spec(match, for_gan)
    raise ValueError(
        "a data set's name alone is the older format of the original: write "
        f'"dataset": {json.dumps(spec)}'
    )


def _spec(name: re.Match, for_gan: bool) -> dict[str, Any]:
    """The value of the key `dataset` that says the same as one of the original's names."""
    skeleton = name["skeleton"] or _SKELETONS[name["type"]]
    if for_gan:  # it learns from poses in space, for which cameras and pixels do not matter
        return {
            "type": name["type"],
            "normalize_kwargs": {"skeleton_id": skeleton, "scale_to_height": True},
        }
    normalize: dict[str, Any] = {"skeleton_id": skeleton}
    if name["consistent"]:
        normalize |= {"consistent_pose": True, "consistent_projection": True}
    if name["scaled"]:
        normalize |= {"space_scale": 1000, "pixel_scale": 1000}
    if name["fps"]:
        normalize["fps"] = 10
    filters = {"filter_kwargs": {"camera_idxs": [1]}} if name["camera"] else {}
    return {"type": name["type"], **filters, "normalize_kwargs": normalize}
