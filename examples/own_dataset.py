"""Use your own poses in every command: `python -m examples.own_dataset COMMAND ...`.

    OWN_POSES=/path/to/folder python -m examples.own_dataset train own --gan_params_dir=examples

COMMAND is the name of a script without `.py`: train, generate_inferences, report and so on.
OWN_POSES names the folder of your poses, by default `own_poses`. It holds a file `.npz` for each
sequence, with the joints of the skeleton `OWN` in the array `p3w`.

The program registers the skeleton, its conversion to a common skeleton, and the data set `own`;
then it runs the command. Copy it, and change the skeleton and the function that reads.
"""

import os
import runpy
import sys
from functools import partial

from human_pose_util.dataset.npz_folder import read_npz_folder
from human_pose_util.register import register_converter, register_dataset, register_skeleton
from human_pose_util.skeleton import S14, Converter, Skeleton

COMMANDS = (
    "train", "evaluate_gan", "gan_generator_vis", "pack_gan", "generate_inferences", "report",
    "vis_sequence", "infer_keypoints",
)  # fmt: skip

LIMBS = [("shoulder", "neck"), ("elbow", "shoulder"), ("wrist", "elbow"),
         ("hip", "neck"), ("knee", "hip"), ("ankle", "knee")]  # fmt: skip
SIDES = [(f"{s}_{a}", b if b == "neck" else f"{s}_{b}") for s in "lr" for a, b in LIMBS]
OWN = Skeleton("own", (("neck", None), ("nose", "neck"), *SIDES), head="nose")


def register(folder: str) -> None:
    """Register the skeleton `own`, its conversion to the common skeleton `s14`, and the data set.

    Args:
        folder: holds the `.npz` files, in folders of any depth.
    """
    register_skeleton(OWN)
    register_converter(Converter(OWN, S14, {"head": "nose"}))
    register_dataset("own", partial(read_npz_folder, folder, OWN.id))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    command = sys.argv.pop(1).removesuffix(".py")
    if command not in COMMANDS:
        print(f"error: no command {command!r}: known: {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)
    register(os.environ.get("OWN_POSES", "own_poses"))
    runpy.run_module(command, run_name="__main__")
