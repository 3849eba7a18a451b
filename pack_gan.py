#!/usr/bin/env python
"""Pack a trained GAN into a small folder: what inference needs, in half precision.

examples:
  python pack_gan.py h3m_best --out packed  write packed/h3m_best

A packed GAN is used like any other one, here with the flag --models_dir packed of other commands.
It cannot be trained further: the state of its optimisers is left out.
"""

from command_line import Parser, run, start_tensorflow
from command_line.argument_types import file_path
from command_line.locations import add_location_flags


def main() -> None:
    """Parse the command line and pack."""
    parser = Parser(__doc__)
    parser.add_argument("gan_id", help="name of the GAN")
    out_help = "folder in which the folder GAN_ID is made; not the one that holds the GAN"
    parser.add_argument("--out", type=file_path, required=True, metavar="PATH", help=out_help)
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    start_tensorflow()
    from gan import GanBuilder
    from gan.pack import pack

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    for path in pack(gan, args.out / args.gan_id):
        print(f"saved {path}, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    run(main)
