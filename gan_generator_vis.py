"""Show poses that a GAN's generator makes: a grid of them, or a walk through its latent space.

examples:
  python gan_generator_vis.py h3m_big                            in a window
  python gan_generator_vis.py h3m_big --save poses.png           a picture; needs no screen
  python gan_generator_vis.py h3m_big --n 32 --save poses.gif    a film that turns them round
  python gan_generator_vis.py h3m_big --save poses.html          a page to turn in a browser
  python gan_generator_vis.py h3m_big --walk --save walk.mp4     from pose to pose
"""

import argparse
from typing import TYPE_CHECKING, Any

from command_line import Parser, run, start_tensorflow
from command_line.argument_types import file_path, seed, whole_number
from command_line.locations import add_location_flags
from command_line.views import save_or_show, view_of

if TYPE_CHECKING:
    import numpy as np

    from human_pose_util.skeleton import Skeleton

SUFFIXES = (".png", ".mp4", ".gif", ".html")
MOST = 1000
"""The largest number of poses: no picture shows more of them, which would take minutes to draw."""
WALK_FPS = 20.0
WALK_STEPS = 20


def main() -> None:
    """Parse the command line, generate poses, and show or save them."""
    from gan.params import load_gan_params

    args = _parser().parse_args()
    default = "sequence_figure" if args.walk else "grid"
    view = view_of(args.save, args.gl, default, SUFFIXES)
    params = load_gan_params(args.gan_id, args.gan_params_dir)
    unit = params.dataset.normalize_kwargs.unit
    if args.gl:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # TensorFlow and most OpenGL drivers contain LLVM; two copies of it crash a process.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            poses, skeleton = pool.submit(generate, args).result()
    else:
        poses, skeleton = generate(args)
    content = picture(poses, skeleton, args, unit, view)
    alternative = f"write a file with --save FILE{' and without --gl' if args.gl else ''}"
    save_or_show(view, content, args.save, alternative)


def generate(args: argparse.Namespace) -> "tuple[np.ndarray, Skeleton]":
    """Generate poses [n, n_joints, 3], independent ones or along a walk, and their skeleton."""
    start_tensorflow()
    import numpy as np

    from gan import GanBuilder
    from human_pose_util.vis.latent_walk import latent_walk

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    if not args.walk:
        return gan.sample(args.n, seed=args.seed), gan.skeleton
    corners = np.random.default_rng(args.seed).standard_normal((args.n, gan.params.n_z))
    z = latent_walk(corners, WALK_STEPS).astype(np.float32)
    return np.asarray(gan.generator(z)), gan.skeleton


def picture(
    poses: "np.ndarray", skeleton: "Skeleton", args: argparse.Namespace, unit: str, view: Any
) -> tuple:
    """The first arguments of the functions `save` and `show` of the module that draws.

    Args:
        poses: (n, n_joints, 3) generated poses.
        skeleton: skeleton of the poses.
        args: the command line.
        unit: name of the unit of lengths.
        view: the module that draws.
    """
    from human_pose_util.vis import grid
    from human_pose_util.vis.scene import Scene

    if args.walk:
        title = f"{args.gan_id} · walk through the latent space"
        return (Scene(skeleton, poses, WALK_FPS, title=title, unit=unit, unit_scale=1.0),)
    title = f"{args.gan_id} · {args.n} generated pose{'s' * (args.n > 1)}"
    content = (poses, skeleton, title)
    return content if view is grid else (grid.crowd(*content, unit),)


def _parser() -> Parser:
    from human_pose_util.suffixes import listing
    from human_pose_util.vis.film_writer import FILMS

    parser = Parser(__doc__)
    add = parser.add_argument
    add("gan_id", help="name of the GAN")
    save_help = f"write {listing(SUFFIXES)} instead of opening a window"
    add("--save", type=file_path, metavar="FILE", help=save_help)
    add("--n", type=whole_number(1, MOST), default=16, help="number of poses (%(default)s)")
    add("--seed", type=seed, default=0, help="seed of the latent vectors (%(default)s)")
    add("--walk", action="store_true", help="move from pose to pose instead")
    gl_help = f"draw with OpenGL (glumpy): in a window, or with --save {listing(FILMS)}"
    add("--gl", action="store_true", help=gl_help)
    add_location_flags(parser, "gan_params_dir", "models_dir")
    return parser


if __name__ == "__main__":
    run(main)
