"""What made the sequences of a run: the attributes of its group, and where they are several."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from human_pose_util.evaluate.results_file import finished_keys, group_attrs

if TYPE_CHECKING:
    import h5py

PARAMS, GAN_PARAMS, STEP = "inference_params", "gan_params", "checkpoint_step"
WEIGHTS = "gan_weights"
"""Attributes of a run: its parameters and those of the GAN, JSON texts, the GAN's step, and a
digest of the weights of its networks."""

DECISIVE = (PARAMS, GAN_PARAMS, STEP, WEIGHTS)
"""Attributes of a run that determine its poses."""

SEVERAL = "differs_between_sequences"
"""The attribute of a run that names those of `DECISIVE` which are not the same for all of its
sequences: the run's own are those of the sequences that were made last."""


def as_json(value: Any) -> str:
    """A value as the JSON text that an attribute holds."""
    return json.dumps(value, indent=1)


def set_attrs(group: "h5py.Group", attrs: Mapping[str, Any]) -> None:
    """Give the group of a run the attributes of sequences that are about to be moved into it.

    Args:
        group: the group, with what was finished before.
        attrs: the attributes of the run that made the sequences.
    """
    several = several_of(group, attrs) if attrs else []
    group.attrs.update(attrs)
    if several:
        group.attrs[SEVERAL] = ", ".join(several)


def several_of(group: "h5py.Group", attrs: Mapping[str, Any]) -> list[str]:
    """Names of those of `DECISIVE` that a run would have several of, if it went on.

    Args:
        group: the group of the run.
        attrs: the attributes with which it would go on.
    """
    if not finished_keys(group):
        return []
    # What differed in an earlier run still does: the sequences of that time are here.
    before = str(group.attrs.get(SEVERAL, "")).split(", ")
    stored = {name: _value(value) for name, value in group.attrs.items()}
    now = {name: _value(value) for name, value in attrs.items()}
    return [n for n in DECISIVE if n in before or _is_another(n, stored, now)]


def doubt_of_origin(path: Path, inference_id: str, params: Mapping[str, Any]) -> str | None:
    """What to say of a run whose results are not those of its parameters as they are now.

    Args:
        path: the results file.
        inference_id: the run.
        params: the content of its parameter file, with defaults.

    Raises:
        DataError: the file is broken.
    """
    attrs = group_attrs(path, inference_id) or {}
    if several := attrs.get(SEVERAL):
        return f"sequences of {inference_id} differ in {several}"
    stored, now = _value(attrs.get(PARAMS)), json.loads(as_json(params))
    if not isinstance(stored, dict):
        return None  # nothing tells what made them
    changed = [key for key in now if _is_another(key, stored, now)]
    if not changed:
        return None
    return f"the results of {inference_id} were made with another {', '.join(changed)}"


def _is_another(name: str, stored: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the value of a name is another one than that which is stored.

    A name that is stored or known alone, at any depth, is one of another version of the project.
    """
    if name not in stored or name not in now:
        return False
    before, after = stored[name], now[name]
    if isinstance(before, dict) and isinstance(after, dict):
        return any(_is_another(key, before, after) for key in after)
    return before != after


def _value(attribute: Any) -> Any:
    """The value of an attribute; of a JSON text its content, in which the order does not matter."""
    try:
        return json.loads(attribute)
    except (TypeError, ValueError):
        return None if attribute is None else str(attribute)
