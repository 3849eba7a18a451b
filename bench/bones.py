"""Measure how far constant bones move the joints of a film.

    python infer_keypoints.py examples/walk.json --fps 25 --export walk.npz --export walk.bvh
    python bench/bones.py walk.npz walk.bvh

The first file has the joints where they were found, the second one on a skeleton of constant
bones. The bench prints the distances between the two.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.units import MM_PER_CM, MM_PER_M

TO_WORLD = [2, 0, 1]  # the file's axes that are the world's x, y and z


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("npz", type=Path, help="the poses of one person")
    parser.add_argument("bvh", type=Path, help="the same poses with constant bones")
    args = parser.parse_args()
    with np.load(args.npz) as file:
        [name] = (name for name in file if name.endswith("/positions"))
        joints, found = list(file["joints"]), file[name] * MM_PER_M
    motion = read_bvh(args.bvh)
    order = [motion.names.index(joint) for joint in joints]
    rigid = motion.positions()[:, order][..., TO_WORLD] * MM_PER_CM
    distance = np.linalg.norm(rigid - found, axis=-1)
    print(f"mean {distance.mean():.0f} mm, median {np.median(distance):.0f} mm, "
          f"99 % below {np.percentile(distance, 99):.0f} mm")  # fmt: skip
    for joint, each in zip(joints, distance.T, strict=True):
        print(f"{joint:12} {each.mean():4.0f} mm")


if __name__ == "__main__":
    run(main)
