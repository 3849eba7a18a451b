"""Flags that move parameter files, models and results elsewhere."""

import argparse
from pathlib import Path

from serialization import GAN_PARAMS_DIR, INFERENCE_PARAMS_DIR, MODELS_DIR, RESULTS_PATH, ROOT

_LOCATIONS = {
    "gan_params_dir": (GAN_PARAMS_DIR, "folder of the GANs' parameter files"),
    "inference_params_dir": (INFERENCE_PARAMS_DIR, "folder of the inferences' parameter files"),
    "models_dir": (MODELS_DIR, "folder of the trained GANs"),
    "results": (RESULTS_PATH, "HDF5 file of the inferred poses"),
}


def add_location_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add flags that say where files are.

    Args:
        parser: gets the flags.
        *names: any of "gan_params_dir", "inference_params_dir", "models_dir" and "results".
    """
    group = parser.add_argument_group("where things are")
    for name in names:
        default, what = _LOCATIONS[name]
        shown = default.relative_to(ROOT)
        group.add_argument(
            f"--{name}", type=Path, default=default, metavar="PATH", help=f"{what} ({shown})"
        )
