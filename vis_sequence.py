"""Show an inferred sequence over the truth, or a film: an animation, a film, a picture.

examples:
  python vis_sequence.py h3m_big                            a real-time animation
  python vis_sequence.py h3m_big -p                         in a matplotlib window
  python vis_sequence.py h3m_big --save out.mp4             a film; needs no screen
  python vis_sequence.py h3m_big --save out.png             a sheet of frames with the errors
  python vis_sequence.py h3m_big --save out.html            a page to turn and play in a browser
  python vis_sequence.py h3m_big -e 'S9/Directions 1/55011271' --save out.gif
  python vis_sequence.py walk --save out.html               people whom infer_keypoints.py lifted

keys of the animation: space pauses, left and right step, up and down change the speed, R resets
(space did in the original), Esc closes; the mouse turns the view and its wheel zooms.
"""

import argparse
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from command_line import Parser, run
from command_line.argument_types import file_path
from command_line.hints import inference_hint
from command_line.locations import add_location_flags
from command_line.views import save_or_show, view_of

if TYPE_CHECKING:
    from human_pose_util.vis.scene import Scene

SUFFIXES = (".mp4", ".gif", ".png", ".html")
N_NAMED_KEYS = 5


def main() -> None:
    """Parse the command line, load a scene, and show or save it."""
    args = make_parser().parse_args()
    gl = args.gl or not (args.save or args.use_plt)
    view = view_of(args.save, gl, "sequence_figure", SUFFIXES)
    scene = film_of(args)
    if scene is None:
        with inference_hint(args.inference_id):
            scene = load_scene(args)
    matplotlib_hint = "" if args.use_plt else " (without --gl), or use matplotlib (--use_plt)"
    save_or_show(view, (scene,), args.save, f"write a file with --save FILE{matplotlib_hint}")


def film_of(args: argparse.Namespace) -> "Scene | None":
    """The scene of the film that the command line names; None if no results hold such a film."""
    from command_line.outputs import check_outputs
    from human_pose_util.vis.film_writer import FILMS
    from lifting.film.results import film_settings, read_film, source_film
    from lifting.film.scene import film_scene
    from serialization import FILM_RESULTS, RESULTS_PATH

    for path in [args.results] if args.results else [FILM_RESULTS, RESULTS_PATH]:
        if (settings := film_settings(path, args.inference_id)) is not None:
            check_outputs([args.save] if args.save else [], [settings.get("detections"), path])
            people = read_film(path, args.inference_id, args.eval_id)
            film = source_film(path, args.inference_id)
            from_start = args.save is not None and args.save.suffix.lower() in FILMS
            return film_scene(people, args.inference_id, film, from_start)
    return None


def load_scene(args: argparse.Namespace) -> "Scene":
    """The scene of the sequence of a data set that the command line names."""
    from command_line.outputs import check_outputs
    from human_pose_util.dataset import load_dataset
    from human_pose_util.errors import SpecError, about
    from human_pose_util.evaluate import results_reader
    from human_pose_util.vis.sequence_scene import StoredUncertainty, sequence_scene
    from inference.params import load_inference_params
    from lifting.film.results import film_names
    from serialization import FILM_RESULTS, RESULTS_PATH

    results = args.results or RESULTS_PATH
    check_outputs([args.save] if args.save else [], [results])
    try:
        params = load_inference_params(args.inference_id, args.inference_params_dir)
    except SpecError as error:
        path = args.results or FILM_RESULTS
        films = ", ".join(film_names(path)) or "none"
        where = f"no film {args.inference_id!r} in {path.resolve()} (it has: {films})"
        raise SpecError(f"{error}; and there is {where}") from error
    results_reader.require_inferences(results, args.inference_id)
    with about(f"{args.inference_id}.json"):
        truth = load_dataset(params.dataset, default_mode="eval")
    finished = results_reader.read_inferences(results, args.inference_id, truth).finished
    key = choose(args.eval_id, list(finished), truth)
    place, title = (results, args.inference_id, key), f"{args.inference_id} · {key}"
    uncertainty = StoredUncertainty(
        results_reader.read_hypotheses(*place), results_reader.read_deviations(*place)
    )
    its_skeleton_id = truth.attrs["skeleton_id"]
    return sequence_scene(finished[key], truth[key], its_skeleton_id, title, uncertainty)


def choose(key: str | None, finished: list[str], truth: Mapping) -> str:
    """The key of the sequence to show.

    Args:
        key: the key that the user names, or a part of it that only one finished sequence has;
            None for the first finished sequence.
        finished: keys of the finished sequences.
        truth: the data set of the run.

    Raises:
        SpecError: no finished sequence has this key, or several match it.
    """
    from human_pose_util.errors import SpecError

    if key is None:
        return finished[0]
    if key in finished:
        return key
    matches = [name for name in finished if name.startswith(f"{key}/")]
    matches = matches or [name for name in finished if key in name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        shown = ", ".join(matches[:N_NAMED_KEYS]) + ", …" * (len(matches) > N_NAMED_KEYS)
        raise SpecError(f"several sequences match {key!r}: {shown}")
    problem = "is not inferred yet" if key in truth else "does not belong to the run"
    near = get_close_matches(key, finished, n=N_NAMED_KEYS) or finished[:N_NAMED_KEYS]
    more = f", … ({len(finished)} in all)" if len(finished) > len(near) else ""
    raise SpecError(f"sequence {key!r} {problem}: there are {', '.join(near)}{more}")


def make_parser() -> Parser:
    """The parser of the command line."""
    from human_pose_util.suffixes import listing
    from human_pose_util.vis.film_writer import FILMS

    parser = Parser(__doc__)
    add = parser.add_argument
    add("inference_id", help="name of the inference run, or of the group of a film")
    key_help = (
        "key of a sequence, or a part of it that no other key has (default: the first sequence); "
        "in a film person0, person1, … (default: everyone)"
    )
    add("-e", "--eval_id", "--example_id", metavar="KEY", help=key_help)
    add("-p", "--use_plt", action="store_true", help="matplotlib instead of glumpy")
    save_help = f"write {listing(SUFFIXES)} instead of opening a window"
    add("--save", type=file_path, metavar="FILE", help=save_help)
    add("--gl", action="store_true", help=f"with --save {listing(FILMS)}: the animation's view")
    results_help = (
        "HDF5 file of the poses (default: results.hdf5 in the project's folder; a film is looked "
        "for in the current folder first)"
    )
    add("--results", type=file_path, metavar="PATH", help=results_help)  # see `film_of`
    add_location_flags(parser, "inference_params_dir")
    return parser


if __name__ == "__main__":
    run(main)
