"""Where parameter files, models and results are on disk.

The caller passes the model that a parameter file is validated against, so this module imports
neither `gan` nor `inference`.
"""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from human_pose_util.errors import SpecError
from human_pose_util.validation import parse, read_json

ROOT = Path(__file__).resolve().parent
GAN_PARAMS_DIR = ROOT / "gan_params"
INFERENCE_PARAMS_DIR = ROOT / "inference_params"
MODELS_DIR = ROOT / "models"
RESULTS_PATH = ROOT / "results.hdf5"
FILM_RESULTS = Path("results.hdf5")
"""The results of films, in the current folder."""

SHIPPED_GAN = "cmu"
"""The id of the trained GAN that comes with the repository, in `models`."""
TEMPLATE = "h3m_best"
"""The parameter file of a GAN and of an inference that a new one is best copied from."""

Params = TypeVar("Params", bound=BaseModel)


def load_params(model: type[Params], kind: str, name: str, directory: Path) -> Params:
    """The parameters in the file `directory/name.json`.

    Args:
        model: the pydantic model that the file is validated against.
        kind: what the file describes, "GAN" or "inference", for messages.
        name: the id, which is the name of the file without its suffix.
        directory: the folder of the parameter files.

    Raises:
        SpecError: there is no such file, or the file has an unknown key or a wrong value.
    """
    if str(name).endswith(".json") and Path(name).name != name and os.path.isfile(name):
        raise SpecError(f"{name} is a file: give the id of the {kind}, {Path(name).stem!r}")
    path = Path(directory) / f"{checked_id(name, kind)}.json"
    if not os.path.isfile(path):  # unlike Path.is_file, False for a name that is too long
        known = sorted(p.stem for p in Path(directory).glob("*.json"))
        stem = name.removesuffix(".json")  # of a file that is named in place of the id
        near = get_close_matches(stem, known, n=1)
        hint = (
            f" (did you mean {near[0]!r}?)" if near else f"; there are {', '.join(known) or 'none'}"
        )
        templates = [TEMPLATE] if TEMPLATE in known else near or known
        if templates and stem not in known:
            template = path.with_name(f"{templates[0]}.json")
            hint += f"; to make a new {kind}, copy {template} as {path.name} and edit the copy"
        raise SpecError(f"no {kind} {name!r}: {path} does not exist{hint}")
    return parse(model, read_json(path), str(path))


def gan_model_dir(gan_id: str, directory: Path | None = None) -> Path:
    """The folder of a GAN's checkpoints and TensorBoard logs.

    Args:
        gan_id: the id of the GAN, which is the name of the folder.
        directory: the folder of all models; by default `MODELS_DIR`.

    Raises:
        SpecError: the id has characters that could lead to another folder.
    """
    return Path(directory or MODELS_DIR) / checked_id(gan_id, "GAN")


def checked_id(name: str, kind: str, any_script: bool = False) -> str:
    """The id itself, if it can name a file in a folder.

    Args:
        name: the id.
        kind: what the id names, for the message.
        any_script: whether letters need not be those of ASCII.

    Raises:
        SpecError: the id has characters that could lead to another folder.
    """
    allowed = re.compile(r"[\w+-][\w.+-]{0,199}", 0 if any_script else re.ASCII)
    if not isinstance(name, str) or not allowed.fullmatch(name):
        raise SpecError(
            f"{kind} id {str(name)[:200]!r}: use up to 200 letters, digits, '_', '-', '+' and '.', "
            "and no '.' at the beginning"
        )
    return name
