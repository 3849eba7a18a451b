"""Show poses that a GAN's generator makes: a grid of them, or a walk through its latent space."""

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags
from gan.params import load_gan_params
from human_pose_util.vis.walk import latent_walk
from human_pose_util.vis.writer import FILMS, check_suffix, listing

if TYPE_CHECKING:
    import numpy as np

EXAMPLES = """
examples:
  python gan_generator_vis.py h3m_big                            in a window
  python gan_generator_vis.py h3m_big --save poses.png           a picture; needs no screen
  python gan_generator_vis.py h3m_big --n 32 --save poses.gif    a film that turns them round
  python gan_generator_vis.py h3m_big --save poses.html          a page to turn in a browser
  python gan_generator_vis.py h3m_big --walk --save walk.mp4     from pose to pose
"""
SUFFIXES = (".png", ".mp4", ".gif", ".html")
WALK_FPS = 20.0
STEPS_A_POSE = 20


def main() -> None:
    """Parse the command line, make poses and show or save them."""
    args = _parser().parse_args()
    if args.save:
        check_suffix(args.save, FILMS if args.gl else SUFFIXES)
    params = load_gan_params(args.gan_id, args.gan_params_dir)
    scaled = params.dataset.normalize_kwargs.scale_to_height
    unit = "subject heights" if scaled else "m"
    made, skeleton = _apart(generate, args) if args.gl else generate(args)
    view, shown = (walk if args.walk else poses)(made, skeleton, args, unit)
    if args.save:
        view.save(*shown, args.save)
    else:
        view.show(*shown)


def generate(args: argparse.Namespace):
    """(n, n_joints, 3) poses, independent or along a walk; and their skeleton."""
    start_tensorflow()
    import numpy as np

    from gan import GanBuilder

    gan = GanBuilder(args.gan_id, args.gan_params_dir, args.models_dir)
    if not args.walk:
        return gan.sample(args.n, seed=args.seed), gan.skeleton
    corners = np.random.default_rng(args.seed).standard_normal((args.n, gan.params.n_z))
    z = latent_walk(corners, STEPS_A_POSE).astype(np.float32)
    return np.asarray(gan.generator(z)), gan.skeleton


def poses(made: "np.ndarray", skeleton, args: argparse.Namespace, unit: str):
    """Poses side by side: a view, and what it is to show."""
    from human_pose_util.vis import grid

    title = f"{args.gan_id} · {args.n} generated poses"
    view = scene_view(args)
    if view is None:
        return grid, (made, skeleton, title)
    return view, (grid.crowd(made, skeleton, title, unit),)


def walk(made: "np.ndarray", skeleton, args: argparse.Namespace, unit: str):
    """From one random pose to the next and back to the first: a view, and what it is to show."""
    from human_pose_util.vis.scene import Scene

    title = f"{args.gan_id} · walk through the latent space"
    scene = Scene(skeleton, made, WALK_FPS, title=title, unit=unit, unit_scale=1.0)
    view = scene_view(args)
    if view is None:
        from human_pose_util.vis import sequence as view
    return view, (scene,)


def scene_view(args: argparse.Namespace):
    """The page or the OpenGL view, None for matplotlib."""
    if args.save and args.save.lower().endswith(".html"):
        from human_pose_util.vis import html

        return html
    if args.gl:
        from human_pose_util.vis.gl import player

        return player
    return None


def _apart(function: Callable, *args):
    """Call a function in a process of its own.

    TensorFlow and most OpenGL drivers each bring an LLVM; both in one process crash it.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args).result()


def _parser() -> Parser:
    parser = Parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add("gan_id", help="name of the GAN")
    add("--save", metavar="FILE", help=f"write {listing(SUFFIXES)} instead of opening a window")
    add("--n", type=_positive, default=16, help="how many poses (%(default)s)")
    add("--seed", type=int, default=0, help="of the latent vectors (%(default)s)")
    add("--walk", action="store_true", help="move from pose to pose instead")
    add("--gl", action="store_true", help="draw with OpenGL (glumpy) instead of matplotlib")
    add_location_flags(parser, "gan_params_dir", "models_dir")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


if __name__ == "__main__":
    run(main)
