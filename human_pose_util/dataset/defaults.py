"""The data sets that the project reads by itself; each is loaded when it is first used."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from human_pose_util.registry import is_registered, register_dataset


def register_defaults() -> None:
    """Register the data sets that the project reads; no file is touched before their first use.

    They are Human3.6M, HumanEva-I, MPI-INF-3DHP and plain motion capture. A data set that is
    already registered under one of their ids stays.
    """
    for dataset_id in ("h3m", "eva", "mpi_inf", "mocap"):
        if not is_registered(dataset_id):
            register_dataset(dataset_id, partial(_load, dataset_id))


def _load(dataset_id: str, **options: Any) -> Mapping:
    """The data set, from its module, which is imported now."""
    return import_module(f"human_pose_util.dataset.{dataset_id}").load(**options)
