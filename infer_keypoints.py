#!/usr/bin/env python
"""Your own film or its 2D keypoints in, 3D poses out.

examples:
  python infer_keypoints.py examples/walk.json --fps 25 --save walk.html     try it at once
  python infer_keypoints.py film.mp4 --save poses.mp4                        a film of one person
  python infer_keypoints.py openpose_output/ --fps 30 --size 1920x1080 --export person.glb
  python infer_keypoints.py alphapose-results.json --person 0 --height 1.75 --export poses.npz
  python infer_keypoints.py keypoints.npy --skeleton coco17 --lines | head
  python infer_keypoints.py --from-results walk --export walk.glb            without lifting again

A film itself needs a detector: `make detector` installs one in .detector (or DETECTOR_PATH, if that
variable is set). Its keypoints are written beside the film, and read from there the next time.

The content of a file tells its format: JSON of OpenPose, Pose2Sim, COCO, AlphaPose, MMPose,
Ultralytics, TensorFlow.js, MediaPipe and others, CSV, .npy and .npz arrays (n_frames, n_keypoints,
2 or 3). No camera is needed. docs/keypoints.md explains what is found without one, and how good it
is.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from command_line import Parser, run, start_tensorflow

PICTURES = (".html", ".mp4", ".gif", ".png")
FOR_RESULTS = {"from_results", "results", "person", "export", "save", "lines", "quiet"}
"""Flags for a film that is in the results already."""
FPS = 30.0
HEIGHTS = (1.1, 2.3)  # metres: of people whose height a camera file tells


def main() -> None:
    """Parse the command line; lift the people of a film, or take them from results; save them."""
    args = parse_arguments()
    group = args.from_results or lift(args)
    save_outputs(args, group)


def lift(args: argparse.Namespace) -> str:
    """Lift the people whose keypoints a file holds, and write them to the results.

    Args:
        args: the command line.

    Returns:
        The name of their group.
    """
    from human_pose_util.keypoints import read_detections, select_people
    from lifting.camera_files import read_camera
    from lifting.film_camera import FilmCamera
    from lifting.film_results import check_group
    from lifting.keypoint_input import Film

    check_outputs(args)
    group, results = group_name(args), args.results.resolve()
    replaced = check_group(results, group, args.detections, args.overwrite)
    path, turn = keypoints_of(args)
    detections = read_detections(path, args.format, args.skeleton, args.size, args.film, turn)
    camera = read_camera(args.camera) if args.camera else FilmCamera()
    for note in detections.notes:
        say(f"note: {note}")
    for warning in detections.warnings:
        say(f"warning: {warning}")
    film = Film(image_size_of(detections), rate_of(detections, args.fps), camera, args.height)
    chosen = select_people(detections, args.person)
    if replaced:
        say(f"note: {replaced}")
    start_tensorflow()
    from lifting.film_people import lift_people, save_results
    from lifting.pose_lifter import PoseLifter

    lifter = PoseLifter(
        args.gan, args.gan_params_dir, args.models_dir, args.smoothness, args.contacts
    )
    people = lift_people(chosen, lifter, detections.skeleton.id, film)
    for person in people:
        say(description(person))
        warn_of_height(person, args)
    settings = {
        "detections": str(args.detections.resolve()),
        "format": detections.source,
        "size": list(film.size),
        "rotation": args.rotate,
        "keypoints": detections.skeleton.id,
        "camera": film.camera.summary(),
        **{name: getattr(args, name) for name in ("height", "smoothness", "contacts")},
    }
    save_results(results, group, people, lifter, settings)
    say(f"saved {results}, group {group}")
    return group


def save_outputs(args: argparse.Namespace, group: str) -> None:
    """Export, show and print the people of a group of the results, as the command line asks.

    Args:
        args: the command line.
        group: name of the group.
    """
    if not (args.export or args.save or args.lines):
        return
    from command_line.views import view_of
    from human_pose_util.export import json_lines, save
    from lifting.film_results import film_scene, read_film, source_film

    people = read_film(args.results, group, args.person)
    tracks = [person.track for person in people]
    for path in args.export:
        for file in save(tracks, path):
            say(f"saved {file}")
    if args.save:
        scene = film_scene(people, group, source_film(args.results, group))
        for path in args.save:
            view_of(str(path), False, "sequence_figure", PICTURES).save(scene, path)
            say(f"saved {path}")
    if args.lines:
        for line in json_lines(tracks):
            print(line)


def check_outputs(args: argparse.Namespace) -> None:
    """Raise SpecError where a file to write is the film or the file of keypoints."""
    from human_pose_util.errors import SpecError

    for path in (*args.save, *args.export):
        if path.resolve() == args.detections.resolve():
            raise SpecError(f"{path} is what the command reads: give what it writes another name")


def keypoints_of(args: argparse.Namespace) -> tuple[Path, int]:
    """The keypoints that the command line names, or those of the film that it names.

    Args:
        args: the command line.

    Returns:
        The file or the folder, and the degrees by which to turn the keypoints clockwise.
    """
    from human_pose_util.film import film_keypoints, is_film, open_film

    if not is_film(args.detections):
        return args.detections, args.rotate
    found = film_keypoints(open_film(args.detections, args.rotate))
    for note in found.notes:
        say(f"note: {note}")
    return found.path, 0


def image_size_of(detections) -> tuple[int, int]:
    """The image's size [px]: as a flag or the file states it, else a likely one, with a note."""
    from human_pose_util.keypoints.image_size import likely_size

    if detections.size is not None:
        return detections.size
    size = likely_size(detections.keypoints)
    say(f"note: the file does not say the image's size: taken as {size[0]}x{size[1]} (--size)")
    return size


def rate_of(detections, fps: float | None) -> float:
    """The film's frames per second: as a flag or the file states them, else the default."""
    if fps is None and detections.fps is not None:
        say(f"note: {detections.fps:g} frames per second, as the file says (--fps)")
    return fps or detections.fps or FPS


def warn_of_height(person, args: argparse.Namespace) -> None:
    """Tell the user where a camera file makes a person so tall or small as hardly anyone is."""
    height = person.lifted.height / 1000
    if args.camera and args.height is None and not HEIGHTS[0] <= height <= HEIGHTS[1]:
        say(
            f"warning: with {args.camera}, person {person.number} is {height:.2f} m tall: "
            "check t (mm) and r, f (px) and --size, or give --height"
        )


def description(person) -> str:
    """One line on a person: the frames, how they ended, what was solved for, how good it is."""
    import numpy as np

    from inference.solvers.status import Status

    lifted, first = person.lifted, person.detected.first_frame
    statuses = [Status(number) for number in sorted(set(lifted.status.tolist()))]
    outcomes = ", ".join(f"{(lifted.status == s).sum()} {s.text}" for s in statuses)
    shown = lifted.keypoint_mapping.observed
    missing = 100 * lifted.extrapolated[:, shown].mean()
    focal = np.round([np.min(lifted.camera.f[..., 0]), np.max(lifted.camera.f[..., 0])])
    focal_lengths = " to ".join(f"{f:.0f}" for f in np.unique(focal))
    return (
        f"person {person.number}: frames {first} to {first + len(lifted) - 1}: {outcomes}; "
        f"{missing:.0f} % of the keypoints' joints extrapolated; "
        f"{lifted.height / 1000:.2f} m tall, f = {focal_lengths} px; "
        f"{lifted.quality.verdict}"
    )


def group_name(args: argparse.Namespace) -> str:
    """The name of the results' group: as a flag states it, else after the detections' name."""
    from serialization import checked_id

    if args.id:
        return checked_id(args.id, "group")
    stem = args.detections.resolve().stem
    name = "".join(c if c.isalnum() and c.isascii() else "_" for c in stem)
    return checked_id(name.strip("_")[:100] or "keypoints", "group")


def say(text: str) -> None:
    """Tell the user; standard output is for the poses."""
    print(text, file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    """The values of the command line."""
    from command_line.argument_types import image_size, not_negative, positive, saved_as
    from command_line.locations import add_location_flags
    from human_pose_util.export import SUFFIXES as EXPORTS
    from human_pose_util.keypoints import FORMATS
    from human_pose_util.keypoints.rotation import TURNS
    from human_pose_util.suffixes import listing
    from lifting.settings import CONTACTS, SMOOTHNESS
    from serialization import FILM_RESULTS, SHIPPED_GAN

    parser = Parser(__doc__)
    add = parser.add_argument
    add("detections", type=Path, nargs="?", help="a film, a file of keypoints, or a folder of them")
    from_help = "export and show a film that is in the results; NAME is its group"
    add("--from-results", metavar="NAME", help=from_help)
    gan_help = f"the GAN of likely poses (default: {SHIPPED_GAN})"
    add("--gan", default=SHIPPED_GAN, metavar="GAN_ID", help=gan_help)
    add("--fps", type=positive, help=f"frames per second (default: the file's, or {FPS:g})")
    size_help = "size of the image in pixels (default: the file's)"
    add("--size", type=image_size, metavar="WxH", help=size_help)
    add("--rotate", type=int, choices=TURNS, default=0, help="turn the image clockwise (degrees)")
    add("--format", help=f"format of the detections: {listing(FORMATS)} (default: by content)")
    skeleton_help = "skeleton of the keypoints, such as coco17 (default: by names, number, shape)"
    add("--skeleton", metavar="ID", help=skeleton_help)
    add("--film", metavar="NAME", help="which film, if the file holds several")
    add("--person", type=int, metavar="K", help="one person only; 0 is seen most (default: all)")
    camera_help = "JSON or .npz with f, c [px], r, t [mm], if known; or COLMAP's images.txt"
    add("--camera", type=Path, metavar="FILE", help=camera_help)
    add("--height", type=positive, metavar="M", help="height of the person in metres: the scale")
    smooth_help = f"weight of smooth motion (default: {SMOOTHNESS:g}, for detections that jitter)"
    add("--smoothness", type=not_negative, default=SMOOTHNESS, help=smooth_help)
    contacts_help = f"weight of feet that stand still (default: {CONTACTS:g}; 0: they may slide)"
    add("--contacts", type=not_negative, default=CONTACTS, metavar="W", help=contacts_help)
    files: dict[str, Any] = {"action": "append", "default": [], "metavar": "FILE"}
    add("--save", type=saved_as(PICTURES), help=f"show in {listing(PICTURES)}", **files)
    add("--export", type=saved_as(EXPORTS), help=f"write {listing(EXPORTS)}", **files)
    add("--lines", action="store_true", help="print the poses as JSON, a line for each frame")
    add("--id", metavar="NAME", help="group in the results (default: the detections' name)")
    add("-o", "--overwrite", action="store_true", help="replace the group of another film")
    results_help = f"HDF5 file of the poses (default: {FILM_RESULTS} in the current folder)"
    add("--results", type=Path, default=FILM_RESULTS, metavar="PATH", help=results_help)
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    check_source(parser, args)
    return args


def check_source(parser: Parser, args: argparse.Namespace) -> None:
    """Exit with an error unless the command line names one source, and flags that suit it."""
    if args.from_results is None:
        if args.detections is None:
            parser.error("give a file of detections, or --from-results NAME")
        return
    for name, value in vars(args).items():
        if name not in FOR_RESULTS and value != parser.get_default(name):
            flag = "a file of detections" if name == "detections" else f"--{name}"
            parser.error(f"{flag} has no effect with --from-results: the poses are stored")


if __name__ == "__main__":
    run(main)
