"""Where things are on disk: parameter files, models and results."""

import argparse
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from gan.params import GanParams
from human_pose_util.errors import SpecError
from human_pose_util.validation import parse, read_json
from inference.params import InferenceParams

ROOT = Path(__file__).resolve().parent
GAN_PARAMS_DIR = ROOT / "gan_params"
INFERENCE_PARAMS_DIR = ROOT / "inference_params"
MODELS_DIR = ROOT / "models"
RESULTS_PATH = ROOT / "results.hdf5"

_LOCATIONS = {
    "gan_params_dir": (GAN_PARAMS_DIR, "folder of the GANs' parameter files"),
    "inference_params_dir": (INFERENCE_PARAMS_DIR, "folder of the inferences' parameter files"),
    "models_dir": (MODELS_DIR, "folder of the trained GANs"),
    "results": (RESULTS_PATH, "HDF5 file of the inferred poses"),
}

Params = TypeVar("Params", bound=BaseModel)


def load_gan_params(gan_id: str, directory: Path | None = None) -> GanParams:
    """The parameters of a GAN.

    Raises:
        SpecError: no such GAN, or a file with an unknown key or a wrong value.
    """
    return _load(GanParams, "GAN", gan_id, directory or GAN_PARAMS_DIR)


def load_inference_params(inference_id: str, directory: Path | None = None) -> InferenceParams:
    """The parameters of an inference run. Raises SpecError as `load_gan_params`."""
    return _load(InferenceParams, "inference", inference_id, directory or INFERENCE_PARAMS_DIR)


def gan_model_dir(gan_id: str, directory: Path | None = None) -> Path:
    """The folder of a GAN's checkpoints and TensorBoard logs."""
    return Path(directory or MODELS_DIR) / checked_id(gan_id, "GAN")


def checked_id(name: str, kind: str) -> str:
    """`name`, if it can name a file. Raises SpecError if it could lead to another folder."""
    if not re.fullmatch(r"[\w+-][\w.+-]{0,199}", name, flags=re.ASCII):
        raise SpecError(
            f"{kind} id {name[:200]!r}: use up to 200 letters, digits, '_', '-' and '.' only"
        )
    return name


def add_location_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add flags that move files elsewhere: any of gan_params_dir, models_dir, results, …"""
    group = parser.add_argument_group("where things are")
    for name in names:
        default, what = _LOCATIONS[name]
        shown = default.relative_to(ROOT)
        group.add_argument(
            f"--{name}", type=Path, default=default, metavar="PATH", help=f"{what} ({shown})"
        )


def _load(model: type[Params], kind: str, name: str, directory: Path) -> Params:
    path = Path(directory) / f"{checked_id(name, kind)}.json"
    if not path.is_file():
        known = sorted(p.stem for p in Path(directory).glob("*.json"))
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"
        raise SpecError(f"no {kind} {name!r}: {path} does not exist; {hint}")
    return parse(model, read_json(path), str(path))
