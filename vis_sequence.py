"""Show an inferred sequence over the truth: an animation, a film, a picture."""

import argparse
from collections.abc import Mapping
from difflib import get_close_matches

from command_line import Parser, run
from command_line.locations import add_location_flags
from human_pose_util.dataset import load_dataset
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.results_reader import (
    read_hypotheses,
    read_inferences,
    require_inferences,
)
from human_pose_util.vis.compare import sequence_scene
from human_pose_util.vis.scene import Scene
from human_pose_util.vis.writer import FILMS, check_suffix, listing
from inference.params import load_inference_params

EXAMPLES = """
examples:
  python vis_sequence.py h3m_big                            a real-time animation
  python vis_sequence.py h3m_big -p                         in a matplotlib window
  python vis_sequence.py h3m_big --save out.mp4             a film; needs no screen
  python vis_sequence.py h3m_big --save out.png             a sheet of frames with the errors
  python vis_sequence.py h3m_big --save out.html            a page to turn and play in a browser
  python vis_sequence.py h3m_big -e 'S9/Directions 1/55011271' --save out.gif

keys of the animation: space pauses, left and right step, up and down change the speed, R resets,
Esc closes; the mouse turns the view and its wheel zooms.
"""
SUFFIXES = (".mp4", ".gif", ".png", ".html")
SHOWN_KEYS = 5


def main() -> None:
    """Parse the command line, load a scene and show or save it."""
    args = parser().parse_args()
    if args.save:
        check_suffix(args.save, FILMS if args.gl else SUFFIXES)
    scene = load_scene(args)
    if args.save and args.save.lower().endswith(".html"):
        from human_pose_util.vis import html as view
    elif args.gl or not (args.save or args.use_plt):
        from human_pose_util.vis.gl import player as view
    else:
        from human_pose_util.vis import sequence as view
    if args.save:
        view.save(scene, args.save)
    else:
        view.show(scene)


def load_scene(args: argparse.Namespace) -> Scene:
    """The scene of the sequence that the command line names."""
    params = load_inference_params(args.inference_id, args.inference_params_dir)
    require_inferences(args.results, args.inference_id)
    truth = load_dataset(params.dataset, default_mode="eval")
    finished = read_inferences(args.results, args.inference_id, truth).finished
    key = choose(args.eval_id, list(finished), truth)
    inferred = finished[key]
    hypotheses = read_hypotheses(args.results, args.inference_id, key)
    return sequence_scene(
        inferred.p3w * inferred.space_scale,
        truth[key],
        inferred.skeleton_id,
        truth.attrs["skeleton_id"],
        title=f"{args.inference_id} · {key}",
        hypotheses_p3w=None if hypotheses is None else hypotheses * inferred.space_scale,
        frame=inferred.frame,
    )


def choose(key: str | None, finished: list[str], truth: Mapping) -> str:
    """The key asked for, by default the first of those `finished`.

    Raises:
        SpecError: it is not among the finished sequences.
    """
    if key is None:
        return finished[0]
    if key in finished:
        return key
    problem = "is not inferred yet" if key in truth else "is none of the run's"
    near = get_close_matches(key, finished, n=SHOWN_KEYS) or finished[:SHOWN_KEYS]
    more = f", … ({len(finished)} in all)" if len(finished) > len(near) else ""
    raise SpecError(f"sequence {key!r} {problem}: there are {', '.join(near)}{more}")


def parser() -> Parser:
    """The command line."""
    made = Parser(__doc__, EXAMPLES)
    add = made.add_argument
    add("inference_id", help="name of the inference run")
    add("-e", "--eval_id", metavar="KEY", help="key of the sequence (default: the first)")
    add("-p", "--use_plt", action="store_true", help="matplotlib instead of glumpy")
    add("--save", metavar="FILE", help=f"write {listing(SUFFIXES)} instead of opening a window")
    add("--gl", action="store_true", help=f"with --save {listing(FILMS)}: the animation's view")
    add_location_flags(made, "inference_params_dir", "results")
    return made


if __name__ == "__main__":
    run(main)
