"""A trained GAN in a small file: what inference needs of it, in half precision.

`python -m gan.pack GAN_ID --models_dir FROM --out TO` writes `TO/GAN_ID`. Such a GAN is used like
any other, but cannot be trained on: its optimisers are not in it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags
from gan import checkpoint
from human_pose_util.errors import SpecError

_LAYER = re.compile(r"(average|generator|critic|proposer)/\d+/[wb]")
_EXACT = re.compile(r"whitening/\w+")  # small, and of numbers that differ by powers of ten


def pack(gan, folder: Path) -> list[Path]:
    """Write a trained GAN's networks.

    Args:
        gan: the `GanBuilder`.
        folder: its new model folder.

    Returns:
        The files.

    Raises:
        SpecError: the folder is the GAN's own.
        DataError: it is not trained to its end, or a file cannot be written.
    """
    if Path(folder).resolve() == gan.model_dir.resolve():
        raise SpecError(f"{folder} is the GAN's own folder: pack it into another one")
    whole = [gan.load_checkpoint()]
    folders = [Path(folder) / "checkpoints"]
    if gan.networks.proposal_network is not None:
        whole.append(checkpoint.load_newest(gan.proposal_dir))
        folders.append(Path(folder) / gan.proposal_dir.name)
    return [
        checkpoint.save(target, loaded.meta, _small(loaded.arrays))
        for loaded, target in zip(whole, folders, strict=True)
    ]


def _small(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The variables that inference reads; where there is an average, not the generator itself."""
    averaged = any(name.startswith("average/") for name in arrays)
    small = {
        name: array.astype(np.float16)
        for name, array in arrays.items()
        if _LAYER.fullmatch(name) and not (averaged and name.startswith("generator/"))
    }
    return small | {name: array for name, array in arrays.items() if _EXACT.fullmatch(name)}


def main() -> None:
    """Parse the command line and pack."""
    parser = Parser(__doc__)
    parser.add_argument("gan_id", help="name of the GAN")
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="folder of models")
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    start_tensorflow()
    from gan import GanBuilder

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    for path in pack(gan, args.out / args.gan_id):
        print(f"saved {path}, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    run(main)
