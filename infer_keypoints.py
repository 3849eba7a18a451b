#!/usr/bin/env python
"""2D keypoints of your own film in, 3D poses out."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from command_line import Parser, run, start_tensorflow
from command_line.locations import add_location_flags
from human_pose_util.export import SUFFIXES as EXPORTS
from human_pose_util.export import lines, save
from human_pose_util.keypoints import FORMATS, choose, read_detections
from human_pose_util.keypoints.image_size import likely_size
from human_pose_util.validation import parse, read_json
from human_pose_util.vis.writer import check_suffix, listing
from serialization import checked_id

EXAMPLES = """
examples:
  python infer_keypoints.py examples/walk.json --fps 25 --save walk.html     try it at once
  python infer_keypoints.py openpose_output/ --fps 30 --size 1920x1080 --export person.bvh
  python infer_keypoints.py alphapose-results.json --person 0 --height 1.75 --export poses.npz
  python infer_keypoints.py keypoints.npy --skeleton coco17 --lines | head

Formats are recognised by content: a folder of OpenPose's *_keypoints.json, COCO's results,
AlphaPose's and MMPose's JSON, .npy and .npz arrays (n_frames, n_keypoints, 2 or 3). No camera is
needed. docs/keypoints.md says what is found without one, and how good it is.
"""
PICTURES = (".html", ".mp4", ".gif", ".png")


def main() -> None:
    """Parse the command line, read, lift, save."""
    args = parser().parse_args()
    for paths, suffixes in ((args.save, PICTURES), (args.export, EXPORTS)):
        for path in paths:
            check_suffix(path, suffixes)
    from lifting.film_camera import FilmCamera

    found = read_detections(args.detections, args.format, args.skeleton)
    camera = FilmCamera()
    if args.camera:
        camera = parse(FilmCamera, read_json(args.camera), str(args.camera))
    size = args.size or found.size
    for note in found.notes:
        say(f"note: {note}")
    if size is None:
        size = likely_size(found.keypoints)
        say(f"note: the file does not say the image's size: taken as {size[0]}x{size[1]} (--size)")
    chosen = choose(found, args.person)
    start_tensorflow()
    from lifting.film_people import check_group, lift_people, save_results
    from lifting.pose_lifter import PoseLifter

    name = checked_id(args.id, "group") if args.id else group_name(args.detections)
    check_group(args.results, name)
    lifter = PoseLifter(
        args.gan, args.gan_params_dir, args.models_dir, args.smoothness, args.contacts
    )
    lifted = lift_people(
        chosen, lifter, found.skeleton.id, size, args.fps, camera, args.height, not args.quiet
    )
    for each in lifted:
        say(described(each))
    made = {"detections": str(args.detections), "format": found.source, "size": list(size)}
    made |= {"keypoints": found.skeleton.id, "camera": camera.model_dump(), "height": args.height}
    made |= {"smoothness": args.smoothness, "contacts": args.contacts}
    save_results(args.results, name, lifted, lifter, made)
    say(f"saved {args.results}, group {name}")
    for path in args.export:
        for written in save([each.track for each in lifted], path):
            say(f"saved {written}")
    for path in args.save:
        for written in save_pictures(lifted, Path(path), size):
            say(f"saved {written}")
    if args.lines:
        for line in lines([each.track for each in lifted]):
            print(line)


def save_pictures(lifted, path: Path, size: tuple[int, int]) -> list[Path]:
    """A page, film or sheet for each person; several get the person's number into their names."""
    if path.suffix.lower() == ".html":
        from human_pose_util.vis import html as view
    else:
        from human_pose_util.vis import sequence as view
    written = []
    for each in lifted:
        number = f"-person{each.person}" if len(lifted) > 1 else ""
        target = path.with_name(f"{path.stem}{number}{path.suffix}")
        view.save(each.scene(f"{path.stem} · person {each.person}", size), target)
        written.append(target)
    return written


def described(each) -> str:
    """One line on a person: which frames, how they ended, what was found."""
    from inference.solvers.status import Status

    lifted, first = each.lifted, each.detected.first_frame
    ends = {Status(s): int((lifted.status == s).sum()) for s in sorted(set(lifted.status.tolist()))}
    outcomes = ", ".join(f"{count} {status.text}" for status, count in ends.items())
    shown = lifted.sighting.observed
    missing = 100 * lifted.extrapolated[:, shown].mean()
    return (
        f"person {each.person}: frames {first} to {first + len(lifted) - 1}: {outcomes}; "
        f"{missing:.0f} % of the keypoints' joints extrapolated; "
        f"{lifted.height / 1000:.2f} m tall, f = {lifted.f[0]:.0f} px"
    )


def group_name(path: Path) -> str:
    """A name for the results, after the detections'."""
    name = "".join(c if c.isalnum() and c.isascii() else "_" for c in path.resolve().stem)
    return checked_id(name.strip("_")[:100] or "keypoints", "group")


def image_size(text: str) -> tuple[int, int]:
    """'1920x1080' as (1920, 1080)."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        width = height = 0
    if not (0 < width < 100_000 and 0 < height < 100_000):
        raise argparse.ArgumentTypeError(f"{text!r}: expected WxH, such as 1920x1080")
    return width, height


def positive(text: str) -> float:
    """A positive number."""
    return _number(text, lambda value: value > 0, "a positive number")


def not_negative(text: str) -> float:
    """A number that is 0 or more."""
    return _number(text, lambda value: value >= 0, "a number that is 0 or more")


def _number(text: str, holds: Callable[[float], bool], expected: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (holds(value) and value < float("inf")):
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}")
    return value


def say(text: str) -> None:
    """Tell the user; stdout is for the poses."""
    print(text, file=sys.stderr, flush=True)


def parser() -> Parser:
    """The command line."""
    made = Parser(__doc__, EXAMPLES)
    add = made.add_argument
    add("detections", type=Path, help="a file, or OpenPose's folder")
    add("--gan", default="demo", metavar="GAN_ID", help="whose poses are likely (default: demo)")
    add("--fps", type=positive, default=30.0, help="frames per second (default: 30)")
    add("--size", type=image_size, metavar="WxH", help="of the image (default: the file's)")
    add("--format", help=f"of the detections: {listing(FORMATS)} (default: recognised)")
    add("--skeleton", metavar="ID", help="of the keypoints, such as coco17 (default: by number)")
    add("--person", type=int, metavar="K", help="one person only; 0 is seen most (default: all)")
    add("--camera", type=Path, metavar="FILE", help="JSON with f, c [px], r, t [mm], if known")
    add("--height", type=positive, metavar="M", help="of the person, in metres: sets the scale")
    add(
        "--smoothness",
        type=not_negative,
        default=3e-6,
        help="weight of smooth motion (default: 3e-6, for detections that jitter)",
    )
    add(
        "--contacts",
        type=not_negative,
        default=0.0,
        metavar="W",
        help="weight of some joint that stands still, such as a foot (default: 0)",
    )
    add("--save", action="append", default=[], metavar="FILE", help=f"show in {listing(PICTURES)}")
    add("--export", action="append", default=[], metavar="FILE", help=f"write {listing(EXPORTS)}")
    add("--lines", action="store_true", help="print the poses as JSON, a line for each frame")
    add("--id", metavar="NAME", help="group in the results (default: the detections' name)")
    add("--quiet", action="store_true", help="show no progress bar")
    add_location_flags(made, "gan_params_dir", "models_dir", "results")
    return made


if __name__ == "__main__":
    run(main)
