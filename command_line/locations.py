"""Flags that move parameter files, models and results elsewhere."""

import argparse

from command_line.argument_types import file_path

_LOCATIONS = {
    "gan_params_dir": ("GAN_PARAMS_DIR", "folder of the GANs' parameter files"),
    "inference_params_dir": ("INFERENCE_PARAMS_DIR", "folder of the inferences' parameter files"),
    "models_dir": ("MODELS_DIR", "folder of the trained GANs"),
    "results": ("RESULTS_PATH", "HDF5 file of the inferred poses"),
}
"""Name of a flag → name of its default in `serialization`, and what is there."""


def add_location_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add flags that say where files are.

    Args:
        parser: gets the flags.
        *names: any of "gan_params_dir", "inference_params_dir", "models_dir" and "results".
    """
    import serialization  # not at the top: scripts reach `command_line.run` without Pydantic

    group = parser.add_argument_group("where files are")
    for name in names:
        default_name, content = _LOCATIONS[name]
        default = getattr(serialization, default_name)
        shown = default.relative_to(serialization.ROOT)
        text = f"{content} (default: {shown} in the project's folder)"
        group.add_argument(f"--{name}", type=file_path, default=default, metavar="PATH", help=text)
