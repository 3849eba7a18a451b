"""The formats of keypoint files: which format a file has, and reading it."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from human_pose_util.arguments import check_size
from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.checks import check_detections
from human_pose_util.keypoints.detections import Detections, Size
from human_pose_util.keypoints.files import (
    alphapose,
    array,
    coco,
    deeplabcut,
    detectron2,
    kinetics,
    landmark_table,
    mediapipe,
    mmpose,
    openpose,
    tfjs,
    ultralytics,
    videopose3d,
    yolo,
)
from human_pose_util.keypoints.files.source import ENDING, Films, Format, Source
from human_pose_util.keypoints.film_choice import choose_films
from human_pose_util.keypoints.instances import describe
from human_pose_util.keypoints.skeleton_choice import readable_counts
from human_pose_util.registry import get_skeleton

REGISTRY = (
    openpose.FORMAT,
    coco.ANNOTATIONS,
    ultralytics.FORMAT,
    tfjs.FORMAT,
    alphapose.FORMAT,
    coco.RESULTS,
    coco.ALPHAPOSE_RESULTS,
    kinetics.FORMAT,
    mediapipe.FORMAT,
    videopose3d.FORMAT,
    detectron2.FORMAT,
    array.FORMAT,
    mmpose.FORMAT,
    yolo.FORMAT,
    deeplabcut.FORMAT,
    landmark_table.FORMAT,
)
"""The formats, in the order in which files are tried: the first that recognises a file counts."""

MOTION_CAPTURE = (".bvh", ".asf", ".amc", ".fbx", ".c3d", ".trc", ".glb", ".gltf")
"""Suffixes of files of 3D motion."""

FORMATS = tuple(dict.fromkeys(format.name for format in REGISTRY))
"""Names of the formats; the content of a file tells its format."""


def read_detections(
    path: str | os.PathLike,
    format: str | None = None,
    skeleton_id: str | None = None,
    size: Size | None = None,
    film: str | None = None,
    rotation: int = 0,
) -> Detections:
    """The people whom a detector finds in one film; arguments and errors are those of `read_films`.

    Raises:
        DataError: the file holds several films, and `film` is not given or names all of them.
    """
    answers = read_films(
        path, format=format, skeleton_id=skeleton_id, size=size, film=film, rotation=rotation
    )
    if len(answers) != 1:
        raise DataError(f"{path} holds {len(answers)} films: name one of them")
    [answer] = answers.values()
    assert isinstance(answer, Detections)  # the only film has raised its error
    return answer


def read_films(
    path: str | os.PathLike,
    format: str | None = None,
    skeleton_id: str | None = None,
    size: Size | None = None,
    film: str | None = None,
    rotation: int = 0,
) -> dict[str, Detections | DataError]:
    """The people whom a detector finds in films, from a file or a folder of any known format.

    Args:
        path: the file or the folder.
        format: the only one of `FORMATS` to accept; by default any.
        skeleton_id: skeleton of the keypoints; by default the names of the keypoints in the file
            tell it, or else their number and the shape of the body.
        size: (width, height) of the image [px], which files with shares of it need; by default
            that of the file.
        film: the film to read, where the file holds several, or `ALL_FILMS`; by default the only
            one.
        rotation: degrees by which to turn the image clockwise: 0, 90, 180 or 270.

    Returns:
        Name of a film → its people. In a file of one film its name is "". Where several films are
        read, a film that cannot be has the reason instead.

    Raises:
        DataError: the file is missing or damaged, has an unknown format or another one than
            `format`, shows nobody, holds several films and `film` is not given, or it is not
            certain which skeleton its keypoints are.
        SpecError: `format` or `skeleton_id` is unknown, the skeleton is not that of the file, the
            file holds no film `film` or several, or the size or the rotation is not possible.
    """
    check_names(format, skeleton_id)
    if size is not None:
        check_size(size)
    # Path.expanduser fails for unknown users.
    source = Source(_only_file(Path(os.path.expanduser(path))))
    if source.path.suffix.lower() in MOTION_CAPTURE:
        raise DataError(
            f"{path}: the suffix is that of a file of 3D motion; expected a film, or 2D keypoints "
            "(docs/datasets.md has what learns from motion)"
        )
    found = _format_of(source)
    if format not in (None, found.name, *found.synonyms):
        raise DataError(f"{path} is not of the format {format}: it looks like {found.name}")
    content, where = found.read(source), str(source.path)
    films: Films = content if isinstance(content, dict) else {"": lambda: content}
    names = choose_films(list(films), film, where)
    answers: dict[str, Detections | DataError] = {}
    for name in names:
        try:
            raw = films[name]()
            answer = check_detections(raw, found.name, where, skeleton_id, size, rotation)
            answers[name if len(films) > 1 else ""] = answer
        except DataError as error:
            if len(names) == 1:
                raise
            answers[name] = error
    return answers


def check_names(format: str | None, skeleton_id: str | None) -> None:
    """Raise SpecError where a format or a skeleton is unknown; None stands for any.

    Args:
        format: as for `read_films`.
        skeleton_id: as for `read_films`.
    """
    if format is not None and format not in FORMATS:
        near = get_close_matches(str(format), FORMATS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FORMATS)}"
        raise SpecError(f"unknown `format` {format!r}: {hint}")
    if skeleton_id is not None:
        get_skeleton(skeleton_id)


def _only_file(path: Path) -> Path:
    """The only JSON or CSV file of a folder, as tools write it beside pictures; else the path."""
    if not path.is_dir():
        return path
    members = Source(path).members
    files = [p for p in members if p.suffix in (".json", ".csv", ".npz")]
    # An export or results of this project may lie beside the labels of a film's images.
    has_labels = sum(p.suffix == ".txt" for p in members) > 1
    is_image = len(files) != 1 or has_labels or files[0].stem.endswith(ENDING)
    return path if is_image else files[0]


def _format_of(source: Source) -> Format:
    """The format of a file or a folder."""
    for format in REGISTRY:
        if format.recognise(source):
            return format
    if source.kind == "json" and source.json in ([], {}):
        raise DataError(f"{source.path}: no person in any frame")
    raise DataError(
        f"{source.path} is of none of the formats {', '.join(FORMATS)}: it {_content(source)}; "
        f"people of {readable_counts()} keypoints are read (docs/keypoint_formats.md)"
    )


def _content(source: Source) -> str:
    """What a file of no known format holds, in a few words."""
    if source.kind == "folder":
        folders = [path.name for path in source.path.iterdir() if path.is_dir()]
        names = [path.name for path in source.members[:3]]
        nothing = "no *_keypoints.json files or others of one image each"
        if folders and not names:
            return f"holds {nothing}, but the folders {', '.join(sorted(folders)[:5])}: give one"
        return f"holds {', '.join(names) or nothing}"
    if source.kind == "table":
        return f"starts with {source.data[:60].decode('utf-8', 'replace').splitlines()[0]!r}"
    content: Any = source.json
    is_list = isinstance(content, list) and content
    summary = f"a list that starts with {describe(content[0])}" if is_list else describe(content)
    return f"holds {summary}"
