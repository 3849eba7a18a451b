"""The data sets that the project reads by itself; each is loaded when it is first used."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from human_pose_util.registry import is_registered, register_dataset


def register_defaults(
    h3m: bool = True,
    eva: bool = True,
    mpi_inf: bool = True,
    mocap: bool = True,
    mpi_inf_test: bool = True,
    pw3d: bool = True,
) -> None:
    """Register the data sets that the project reads; no file is touched before their first use.

    A data set that is already registered under one of their ids stays.

    Args:
        h3m: whether to register Human3.6M.
        eva: whether to register HumanEva-I.
        mpi_inf: whether to register MPI-INF-3DHP.
        mocap: whether to register plain motion capture.
        mpi_inf_test: whether to register the test set of MPI-INF-3DHP.
        pw3d: whether to register 3DPW.
    """
    choices = {
        "h3m": h3m,
        "eva": eva,
        "mpi_inf": mpi_inf,
        "mocap": mocap,
        "mpi_inf_test": mpi_inf_test,
        "pw3d": pw3d,
    }
    for dataset_id, is_chosen in choices.items():
        if is_chosen and not is_registered(dataset_id):
            register_dataset(dataset_id, partial(_load, dataset_id))


def _load(dataset_id: str, **options: Any) -> Mapping:
    """The data set, from its module, which is imported now."""
    return import_module(f"human_pose_util.dataset.{dataset_id}").load(**options)
