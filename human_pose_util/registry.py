"""Registers of skeletons, of converters between them, and of data sets.

A data set is registered by a function that loads it. The function is called when the data set is
first used, so that a registration costs nothing and touches no file.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from human_pose_util.errors import SpecError
from human_pose_util.skeleton import CONVERTERS, SKELETONS, Converter, Skeleton
from human_pose_util.suffixes import listing

_skeletons = {skeleton.id: skeleton for skeleton in SKELETONS}
_converters = {(converter.source.id, converter.target.id): converter for converter in CONVERTERS}
_loaders: dict[str, Callable[..., Any]] = {}
_datasets: dict[str, dict[tuple, Any]] = {}


def register_skeleton(skeleton: Skeleton) -> None:
    """Make a skeleton known under its id. A second skeleton of that id replaces the first."""
    _skeletons[skeleton.id] = skeleton


def get_skeleton(skeleton_id: str) -> Skeleton:
    """The skeleton of an id. Raises SpecError, which lists the known ids, for an unknown id."""
    return _lookup(_skeletons, skeleton_id, "skeleton")


def find_skeleton(skeleton_id: str) -> Skeleton | None:
    """The skeleton of an id; None for an unknown id."""
    return _skeletons.get(skeleton_id)


def register_converter(converter: Converter) -> None:
    """Make a conversion between two skeletons known."""
    _converters[converter.source.id, converter.target.id] = converter


def get_converter(from_id: str, to_id: str) -> Converter:
    """The converter from one skeleton to another.

    Args:
        from_id: id of the skeleton of the poses.
        to_id: id of the new skeleton.

    Raises:
        SpecError: an unknown skeleton, or no converter between these two.
    """
    source, target = get_skeleton(from_id), get_skeleton(to_id)
    if from_id == to_id:
        return Converter(source, target, {})
    try:
        return _converters[from_id, to_id]
    except KeyError:
        possible = sorted(b for a, b in _converters if a == from_id)
        raise SpecError(
            f"no converter from skeleton {from_id!r} to {to_id!r}: "
            f"{from_id!r} converts to {', '.join(possible) or 'no other'}"
        ) from None


def is_registered(dataset_id: str) -> bool:
    """Whether a data set is registered under this id."""
    return dataset_id in _loaders


def register_dataset(dataset_id: str, loader: Callable[..., Any]) -> None:
    """Make a data set known. A second data set of that id replaces the first.

    Args:
        dataset_id: name of the data set, `dataset.type` in parameter files.
        loader: function that returns the data set, called at its first use; its keyword arguments
            are the options of `get_dataset`.
    """
    _loaders[dataset_id] = loader
    _datasets.pop(dataset_id, None)


def get_dataset(dataset_id: str, **options: Any) -> Any:
    """A data set, loaded at its first use: a mapping from keys to sequences, with `attrs`.

    Args:
        dataset_id: the id under which the data set is registered.
        **options: keyword arguments of its loader; most loaders have none.

    Raises:
        SpecError: there is no such data set.
    """
    loader = _lookup(_loaders, dataset_id, "data set")
    loaded, key = _datasets.setdefault(dataset_id, {}), tuple(sorted(options.items()))
    if key not in loaded:
        loaded[key] = loader(**options)
    return loaded[key]


def _lookup(register: Mapping[str, Any], key: str, kind: str) -> Any:
    try:
        return register[key]
    except (KeyError, TypeError):  # a TypeError for a key that cannot be one
        text, known = str(key), sorted(register)
        longer = [name for name in known if text and name.startswith(text)]
        near = longer or get_close_matches(text, known, n=1)
        hint = f"known: {', '.join(known)}"
        if near:
            hint = f"did you mean {listing(map(repr, near))}?"
        raise SpecError(f"unknown {kind} {key!r}: {hint}") from None
