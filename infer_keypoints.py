#!/usr/bin/env python
"""Your own film or its 2D keypoints in, 3D poses out.

examples:
  python infer_keypoints.py examples/walk.json --fps 25 --save walk.html     try it at once
  python infer_keypoints.py film.mp4 --save poses.mp4                        a film of one person
  python infer_keypoints.py openpose_output/ --fps 30 --size 1920x1080 --export person.glb
  python infer_keypoints.py alphapose-results.json --person 0 --height 1.75 --export poses.npz
  python infer_keypoints.py keypoints.npy --skeleton coco17 --lines | head
  python infer_keypoints.py data_2d_custom_films.npz --film all --export poses.glb
  python infer_keypoints.py --from-results walk --export walk.glb            without lifting again

A film itself needs a detector: `make detector` installs one in .detector (or DETECTOR_PATH, if that
variable is set). Its keypoints are written beside the film, and read from there the next time.

The format follows from the content of a file: JSON of OpenPose, Pose2Sim, COCO, AlphaPose, MMPose,
Ultralytics, TensorFlow.js, MediaPipe and others, CSV, .npy and .npz arrays (n_frames, n_keypoints,
2 or 3). No camera is needed. docs/keypoints.md explains what is found without one, docs/lifting.md
how good it is.
"""

import argparse
import sys
from functools import cache
from typing import Any

from command_line import Parser, run, start_tensorflow
from command_line.hints import with_flags

PICTURES = (".html", ".mp4", ".gif", ".png")
RESULTS = {".hdf5", ".h5"}
"""Suffixes of files of results."""

FOR_RESULTS = {"from_results", "results", "person", "export", "save", "lines", "quiet"}
"""Flags for a film that is in the results already."""


def main() -> None:
    """Parse the command line; lift the people of films, or take them from results; save them."""
    args = parse_arguments()
    if args.from_results:
        save_outputs(args, args.from_results)
    else:
        lift_films(args)


def lift_films(args: argparse.Namespace) -> None:
    """Lift the people of the films that a file holds, write them to the results, and save them.

    Args:
        args: the command line.
    """
    from command_line.outputs import check_outputs
    from gan.files import GanFiles
    from human_pose_util.export import check_packages
    from lifting.film.groups import FilmGroups
    from lifting.film.run import FilmRun

    # `save_outputs` checks this too, but only after the lift.
    check_outputs([*args.save, *args.export], [args.detections, args.camera, args.results])
    if not args.detections.is_dir():  # results may lie in the folder of the keypoints
        check_outputs([args.results], [args.detections, args.camera])
    check_packages(args.export)
    # A wrong id, or a GAN that is not trained, is an error before any detection.
    GanFiles(args.gan, args.gan_params_dir, args.models_dir).load()
    film_run = FilmRun(
        groups=FilmGroups(args.results.resolve(), args.detections, args.id, args.overwrite),
        make_lifter=cache(lambda: pose_lifter(args)),
        say=say,
        person=args.person,
        fps=args.fps,
        camera=args.camera,
        height=args.height,
        is_still=args.still,
        rotation=args.rotate,
    )
    films = film_run.read(
        format=args.format, skeleton_id=args.skeleton, size=args.size, film=args.film
    )
    for film in film_run.lift(films):
        save_outputs(args, film.group, film.label)


def pose_lifter(args: argparse.Namespace):
    """The `PoseLifter` with the GAN and the weights that the command line names."""
    start_tensorflow()
    from lifting.pose_lifter import PoseLifter

    return PoseLifter(
        args.gan, args.gan_params_dir, args.models_dir, args.smoothness, args.contacts
    )


def save_outputs(args: argparse.Namespace, group: str, label: str = "") -> None:
    """Export, show and print the people of a group of the results, as the command line asks.

    Args:
        args: the command line.
        group: name of the group.
        label: what to add to the names of files, where other films have files too.
    """
    if not (args.export or args.save or args.lines):
        return
    from command_line.outputs import check_outputs
    from command_line.views import view_of
    from human_pose_util.export import json_lines, save
    from human_pose_util.keypoints.film_choice import labelled
    from human_pose_util.vis.film_writer import FILMS
    from lifting.film.results import film_settings, read_film, source_film
    from lifting.film.scene import film_scene

    people = read_film(args.results, group, args.person)
    tracks = [person.track for person in people]
    exports, pictures = ([labelled(path, label) for path in f] for f in (args.export, args.save))
    settings = film_settings(args.results, group) or {}
    check_outputs([*exports, *pictures], [settings.get("detections"), args.results])
    for path in exports:
        # Only one file may be for all tracks, and then its frames are those of the film.
        for file, track in zip(save(tracks, path), tracks, strict=False):
            is_late = file.suffix.lower() == ".bvh" and track.first_frame > 0
            say(f"saved {file}" + f" (from frame {track.first_frame})" * is_late)
    if pictures:
        film = source_film(args.results, group)
        for path in pictures:
            scene = film_scene(people, group, film, from_start=path.suffix.lower() in FILMS)
            view_of(path, False, "sequence_figure", PICTURES).save(scene, path)
            say(f"saved {path}")
    if args.lines:
        for line in json_lines(tracks, label):
            print(line)


def say(text: str) -> None:
    """Tell the user; standard output is for the poses."""
    print(with_flags(text), file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    """The values of the command line."""
    from command_line.locations import add_location_flags

    parser = Parser(__doc__)
    add_input_flags(parser)
    add_known_flags(parser)
    add_fit_flags(parser)
    add_output_flags(parser)
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    check_source(parser, args)
    return args


def add_input_flags(parser: Parser) -> None:
    """Add the flags that tell what to lift."""
    from command_line.argument_types import file_path, whole_number
    from human_pose_util.keypoints import ALL_FILMS, FORMATS
    from human_pose_util.suffixes import listing

    add = parser.add_argument_group("input").add_argument
    source_help = "a film, a file of keypoints, or a folder of them"
    add("detections", type=file_path, nargs="?", help=source_help)
    from_help = "export and show a film that is in the results; NAME is its group"
    add("--from-results", metavar="NAME", help=from_help)
    add("--format", help=f"format of the detections: {listing(FORMATS)} (default: by content)")
    skeleton_help = "skeleton of the keypoints, such as coco17 (default: by names, number, shape)"
    add("--skeleton", metavar="ID", help=skeleton_help)
    film_help = f"which film, if the file holds several; {ALL_FILMS}: each"
    add("--film", metavar="NAME", help=film_help)
    person_help = "one person only; 0 is the one who is seen most (default: all)"
    add("--person", type=whole_number(0), metavar="K", help=person_help)


def add_known_flags(parser: Parser) -> None:
    """Add the flags that tell what is known of the film, the camera and the people."""
    from command_line.argument_types import body_height, file_path, image_size, positive
    from human_pose_util.keypoints.detections import FPS
    from human_pose_util.keypoints.rotation import TURNS
    from inference.settings import LARGEST_HEIGHT, LEAST_HEIGHT

    add = parser.add_argument_group("what is known").add_argument
    add("--fps", type=positive, help=f"frames per second (default: the file's, or {FPS:g})")
    size_help = "size of the image in pixels (default: the file's, or a common size)"
    add("--size", type=image_size, metavar="WxH", help=size_help)
    rotate_help = "turn the image clockwise by degrees (default: as people who walk tell)"
    add("--rotate", type=int, choices=TURNS, help=rotate_help)
    camera_help = "JSON or .npz with f, c [px], r, t [mm], if known; or COLMAP's images.txt"
    add("--camera", type=file_path, metavar="FILE", help=camera_help)
    still_help = "the camera stands still (default: found from the motion of the feet)"
    add("--still", action="store_true", help=still_help)
    height_help = (
        f"height of every person in metres, {LEAST_HEIGHT:g} to {LARGEST_HEIGHT:g}: the scale of "
        "all lengths"
    )
    add("--height", type=body_height(LEAST_HEIGHT, LARGEST_HEIGHT), metavar="M", help=height_help)


def add_fit_flags(parser: Parser) -> None:
    """Add the flags that tell how poses are fitted."""
    from command_line.argument_types import not_negative
    from lifting.settings import CONTACTS, SMOOTHNESS
    from serialization import SHIPPED_GAN

    add = parser.add_argument_group("the fit").add_argument
    gan_help = f"the GAN of likely poses (default: {SHIPPED_GAN})"
    add("--gan", default=SHIPPED_GAN, metavar="GAN_ID", help=gan_help)
    smooth_help = (
        f"weight of smooth motion (default: {SMOOTHNESS:g}); more for keypoints that jitter, less "
        "for fast motion"
    )
    add("--smoothness", type=not_negative, default=SMOOTHNESS, metavar="W", help=smooth_help)
    contacts_help = (
        f"weight of feet that stand still (default: {CONTACTS:g}); with 0 they may slide, and no "
        "floor holds them"
    )
    add("--contacts", type=not_negative, default=CONTACTS, metavar="W", help=contacts_help)


def add_output_flags(parser: Parser) -> None:
    """Add the flags that tell where poses go."""
    from command_line.argument_types import file_path, name, saved_as
    from human_pose_util.export import SUFFIXES as EXPORTS
    from human_pose_util.suffixes import listing
    from serialization import FILM_RESULTS

    add = parser.add_argument_group("output").add_argument
    files: dict[str, Any] = {"action": "append", "default": [], "metavar": "FILE"}
    add("--save", type=saved_as(PICTURES), help=f"show in {listing(PICTURES)}", **files)
    add("--export", type=saved_as(EXPORTS), help=f"write {listing(EXPORTS)}", **files)
    lines_help = "print the poses as JSON, a line for each person and frame"
    add("--lines", action="store_true", help=lines_help)
    id_help = "group in the results (default: the detections' name)"
    add("--id", type=name, metavar="NAME", help=id_help)
    overwrite_help = "replace a group that was made from other detections"
    add("-o", "--overwrite", action="store_true", help=overwrite_help)
    results_help = f"HDF5 file of the poses (default: {FILM_RESULTS} in the current folder)"
    add("--results", type=file_path, default=FILM_RESULTS, metavar="PATH", help=results_help)


def check_source(parser: Parser, args: argparse.Namespace) -> None:
    """Exit with an error unless the command line names one source, and flags that suit it."""
    if not args.from_results:
        if args.detections is None:
            parser.error("give a file of detections, or --from-results NAME")
        if args.detections.suffix in RESULTS:
            parser.error(f"{args.detections} has results: --from-results NAME shows a film in it")
        return
    for name, value in vars(args).items():
        if name not in FOR_RESULTS and value != parser.get_default(name):
            flag = "a file of detections" if name == "detections" else f"--{name}"
            parser.error(f"{flag} has no effect with --from-results: the poses are stored")
    if not (args.export or args.save or args.lines):
        parser.error("--from-results needs --export, --save or --lines: what to write")


if __name__ == "__main__":
    run(main, kept="finished films are saved")
