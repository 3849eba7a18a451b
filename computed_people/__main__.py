"""Command line of the demo: `python -m computed_people OUT_DIR`."""

from command_line import Parser, run
from command_line.argument_types import file_path, seed, whole_number
from computed_people.actions import ACTIONS
from computed_people.body import SUBJECTS
from computed_people.cameras import CAMERAS
from computed_people.cdf_writer import Recipe, write_tree

_ABOUT = f"""\
Write a stand-in for Human3.6M: computed people (no licence, no download) who walk, sit, phone,
take photos and so on, {len(ACTIONS)} actions in all, seen by {len(CAMERAS)} cameras at 50 Hz, \
as CDF files in
Human3.6M's own layout:

  OUT_DIR/D3_positions/S1/Walking.cdf                     3D in the world, mm
  OUT_DIR/D3_positions_mono/S1/Walking.54138969.cdf       3D in a camera's frame, mm
  OUT_DIR/D2_positions/S1/Walking.54138969.cdf            2D in its image, pixels

Equal settings give equal files, byte by byte. A finished folder is left as it is; to complete an
interrupted one, run the command again.

examples:
  python -m computed_people demo/h3m                        about 60 MB in some seconds
  export H3M_PATH=$PWD/demo/h3m                             everything for Human3.6M runs on it
  python train.py h3m_best --max_steps=8000

  python -m computed_people tiny --subjects S1 S9 --seconds 2
  python -m computed_people large --takes 2 --seconds 60    as large as the real one
"""


def main() -> None:
    """Parse the command line and write the tree."""
    defaults = Recipe()
    parser = Parser(_ABOUT, prog="python -m computed_people")
    out_help = "folder to write; new or a demo"
    parser.add_argument("out", metavar="OUT_DIR", type=file_path, help=out_help)
    parser.add_argument(
        "--seed", type=seed, default=defaults.seed,
        help="another seed gives other bodies and movements (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--takes", type=whole_number(1), default=defaults.takes,
        help="takes of every action and subject; Human3.6M has 2 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=defaults.seconds,
        help="length of a take; Human3.6M's last about 60 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--subjects", nargs="+", default=list(defaults.subjects), metavar="S",
        help=f"any of {' '.join(SUBJECTS)} (default: all); S9 and S11 are for evaluation",
    )  # fmt: skip
    args = parser.parse_args()
    recipe = Recipe(args.seed, args.takes, args.seconds, tuple(args.subjects))

    written = write_tree(args.out, recipe, progress=True)
    n_sequences = len(list(recipe.sequences()))
    size = sum(file.stat().st_size for file in args.out.rglob("*.cdf"))
    print(
        f"{args.out}: {'wrote' if written else 'already has'} {n_sequences} sequences "
        f"({len(recipe.subjects)} subjects, {len(ACTIONS)} actions, {len(CAMERAS)} cameras) of "
        f"{recipe.n_frames} frames, {size / 1e6:.0f} MB"
    )
    if written:
        print(f"to use it as Human3.6M: export H3M_PATH={args.out.resolve()}")


if __name__ == "__main__":
    run(main)
