#!/usr/bin/env python
"""2D keypoints of your own film in, 3D poses out.

examples:
  python infer_keypoints.py examples/walk.json --fps 25 --save walk.html     try it at once
  python infer_keypoints.py openpose_output/ --fps 30 --size 1920x1080 --export person.bvh
  python infer_keypoints.py alphapose-results.json --person 0 --height 1.75 --export poses.npz
  python infer_keypoints.py keypoints.npy --skeleton coco17 --lines | head

The content of a file tells its format: a folder of OpenPose's *_keypoints.json, COCO's results,
AlphaPose's and MMPose's JSON, .npy and .npz arrays (n_frames, n_keypoints, 2 or 3). No camera is
needed. docs/keypoints.md explains what is found without one, and how good it is.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from command_line import Parser, run, start_tensorflow

PICTURES = (".html", ".mp4", ".gif", ".png")


def main() -> None:
    """Parse the command line, read, lift, save."""
    args = parse_arguments()

    from human_pose_util.export import json_lines, save
    from human_pose_util.keypoints import read_detections, select_people
    from lifting.camera_files import read_camera
    from lifting.film_camera import FilmCamera
    from lifting.keypoint_input import Film

    detections = read_detections(args.detections, args.format, args.skeleton)
    camera = read_camera(args.camera) if args.camera else FilmCamera()
    for note in detections.notes:
        say(f"note: {note}")
    film = Film(image_size_of(detections, args), args.fps, camera, args.height)
    chosen = select_people(detections, args.person)
    start_tensorflow()
    from lifting.film_people import check_group, lift_people, save_results
    from lifting.pose_lifter import PoseLifter

    group = group_name(args)
    check_group(args.results, group)
    lifter = PoseLifter(
        args.gan, args.gan_params_dir, args.models_dir, args.smoothness, args.contacts
    )
    people = lift_people(chosen, lifter, detections.skeleton.id, film)
    for person in people:
        say(description(person))
    settings = {
        "detections": str(args.detections),
        "format": detections.source,
        "size": list(film.size),
        "keypoints": detections.skeleton.id,
        "camera": film.camera.summary(),
        **{name: getattr(args, name) for name in ("height", "smoothness", "contacts")},
    }
    save_results(args.results, group, people, lifter, settings)
    say(f"saved {args.results}, group {group}")
    tracks = [person.track for person in people]
    for path in args.export:
        for file in save(tracks, path):
            say(f"saved {file}")
    for path in args.save:
        save_pictures(people, path)
    if args.lines:
        for line in json_lines(tracks):
            print(line)


def image_size_of(detections, args: argparse.Namespace) -> tuple[int, int]:
    """The image's size [px]: as a flag or the file states it, else a likely one, with a note.

    Args:
        detections: what the file holds.
        args: the command line.
    """
    from human_pose_util.keypoints.image_size import likely_size

    size = args.size or detections.size
    if size is None:
        size = likely_size(detections.keypoints)
        say(f"note: the file does not say the image's size: taken as {size[0]}x{size[1]} (--size)")
    return size


def save_pictures(people, path: Path) -> None:
    """Save a page, film or sheet of each person.

    Args:
        people: the people, as `lifting.film_people.FilmPerson`.
        path: the file; if there are several people, the names get their numbers.
    """
    from command_line.views import view_of

    view = view_of(str(path), False, "sequence_figure", PICTURES)
    for person in people:
        suffix = f"-person{person.number}" if len(people) > 1 else ""
        target = path.with_name(f"{path.stem}{suffix}{path.suffix}")
        title = f"{path.stem} · person {person.number} · {person.lifted.quality.verdict}"
        view.save(person.scene(title), target)
        say(f"saved {target}")


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
    from human_pose_util.suffixes import listing
    from lifting.settings import CONTACTS, SMOOTHNESS
    from serialization import SHIPPED_GAN

    parser = Parser(__doc__)
    add = parser.add_argument
    add("detections", type=Path, help="a file, or OpenPose's folder")
    gan_help = f"the GAN of likely poses (default: {SHIPPED_GAN})"
    add("--gan", default=SHIPPED_GAN, metavar="GAN_ID", help=gan_help)
    add("--fps", type=positive, default=30.0, help="frames per second (default: 30)")
    size_help = "size of the image in pixels (default: the file's)"
    add("--size", type=image_size, metavar="WxH", help=size_help)
    add("--format", help=f"format of the detections: {listing(FORMATS)} (default: by content)")
    skeleton_help = "skeleton of the keypoints, such as coco17 (default: by their number)"
    add("--skeleton", metavar="ID", help=skeleton_help)
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
    add_location_flags(parser, "gan_params_dir", "models_dir", "results")
    return parser.parse_args()


if __name__ == "__main__":
    run(main)
