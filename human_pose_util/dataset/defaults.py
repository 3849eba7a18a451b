"""The data sets that the project reads by itself; each is loaded when it is first used."""

from collections.abc import Mapping

from human_pose_util.registry import is_registered, register_dataset


def register_defaults(
    h3m: bool = True, eva: bool = True, mpi_inf: bool = True, mocap: bool = True
) -> None:
    """Register the data sets that the project comes with; no file is touched before their use.

    Args:
        h3m: register Human3.6M.
        eva: register HumanEva-I.
        mpi_inf: register MPI-INF-3DHP.
        mocap: register plain motion capture.

    A data set that is registered under one of these ids already stays.
    """
    wanted = {"h3m": h3m, "eva": eva, "mpi_inf": mpi_inf, "mocap": mocap}
    for dataset_id, loader in _LOADERS.items():
        if wanted[dataset_id] and not is_registered(dataset_id):
            register_dataset(dataset_id, loader)


def _load_h3m() -> Mapping:
    from human_pose_util.dataset import h3m

    return h3m.load()


def _load_eva(**options: str) -> Mapping:
    from human_pose_util.dataset import eva

    return eva.load(**options)


def _load_mpi_inf() -> Mapping:
    from human_pose_util.dataset import mpi_inf

    return mpi_inf.load()


def _load_mocap() -> Mapping:
    from human_pose_util.dataset import mocap

    return mocap.load()


_LOADERS = {"h3m": _load_h3m, "eva": _load_eva, "mpi_inf": _load_mpi_inf, "mocap": _load_mocap}
