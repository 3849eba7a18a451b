"""Files that describe the camera of a film: JSON, NumPy archives, and what COLMAP writes."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.npz import read_arrays
from human_pose_util.files.reading import check_file, read_file
from human_pose_util.keypoints.detections import Size
from human_pose_util.keypoints.image_names import distinct_numbers, frames_of_images
from human_pose_util.validation import parse, read_json
from lifting.input.film_camera import FilmCamera

_PARAMETERS = {
    "SIMPLE_PINHOLE": "fcc", "PINHOLE": "ffcc", "SIMPLE_RADIAL": "fcc", "RADIAL": "fcc",
    "OPENCV": "ffcc", "FULL_OPENCV": "ffcc",
}  # fmt: skip
"""COLMAP's camera model → its first parameters; the others are distortion, which is small in films
and counts for nothing here."""

SAME_SHAPE = 1.01
"""Ratio of two ratios of width and height up to which images have one shape, but for rounding."""

_LARGEST = 1 << 30  # bytes of a text file of COLMAP, whose lines may have thousands of points


def read_camera(
    path: Path, first_image: int | None = None, n_frames: int = 0, size: Size | None = None
) -> FilmCamera:
    """What a file tells of a camera.

    Args:
        path: a `.json` file with the keys of `FilmCamera`; an `.npz` file with arrays of these
            names; or COLMAP's `images.txt`, beside whose `cameras.txt` it lies, for the rotations
            of a camera that turns.
        first_image: number of the image that is frame 0 of the film. COLMAP numbers images, not
            frames, and may lack the first ones; None where the film's own images have no numbers.
        n_frames: length of the film, as far as it is known: COLMAP may lack the last images, too.
        size: (width, height) of the film's images [px], as far as it is known: those of COLMAP may
            be larger or smaller.

    Raises:
        SpecError, DataError: the file cannot be read, or describes no such camera. A file that is
            missing is a DataError.
    """
    check_file(path)
    if path.suffix == ".npz":
        arrays = {name: array.tolist() for name, array in read_arrays(path).items()}
        return parse(FilmCamera, arrays, str(path))
    if path.suffix == ".txt":
        return _colmap(path, first_image, n_frames, size)
    return parse(FilmCamera, read_json(path), str(path))


class _Images(NamedTuple):
    """The images of a model of COLMAP.

    Attributes:
        names: [n] names of their files.
        rotations: the rotation from the world's frame to the camera's for each of them.
        camera_id: number of their camera.
    """

    names: list[str]
    rotations: Rotation
    camera_id: str


def _colmap(path: Path, first_image: int | None, n_frames: int, size: Size | None) -> FilmCamera:
    """Rotations and intrinsics of COLMAP's model; positions have no unit, so they do not count."""
    images = _read_images(path)
    frames = _frames(images.names, first_image)
    end = _end(path, frames, first_image, n_frames)
    f, c = _intrinsics(path.with_name("cameras.txt"), images.camera_id, size)
    if len(frames) == 1:
        raise DataError(
            f"{path}: there is one image only, which does not tell how the camera turns"
        )
    if len(np.unique(frames)) < len(frames):
        raise DataError(f"{path}: several images are of one frame")
    # COLMAP lists images in any order. Between two of them the camera turns at a constant rate
    # about one axis; before the first and after the last one it does not turn.
    order = np.argsort(frames)
    between = np.clip(np.arange(end), frames[order[0]], frames[order[-1]])
    rotations = Slerp(frames[order], images.rotations[order])(between)
    known = {"f": f, "c": c, "r": rotations.as_matrix().tolist()}
    return parse(FilmCamera, known, str(path))


def _read_images(path: Path) -> _Images:
    """The images in COLMAP's `images.txt`, one or more, of one camera."""
    names, quaternions, camera_ids = [], [], set()
    # Two lines describe an image: its pose, and its points, a line that may be empty.
    lines = _lines(path)
    if any(len(points.split()) % 3 for points in lines[1::2]):
        raise DataError(f"{path}: expected two lines for each image, its pose and its points")
    for line in lines[::2]:
        words = line.split(maxsplit=9)
        try:
            quaternions.append([float(word) for word in words[1:5]])
            camera_ids.add(words[8])
            names.append(words[9].strip())
        except (IndexError, ValueError):
            raise DataError(f"{path}: not a line of COLMAP's images: {line!r:.60}") from None
    if len(camera_ids) != 1:
        raise DataError(f"{path}: expected images of one camera, found {len(camera_ids)}")
    # COLMAP has w first in a quaternion, SciPy has it last.
    w_last = np.array(quaternions)[:, [1, 2, 3, 0]]
    if not (np.isfinite(w_last).all() and np.linalg.norm(w_last, axis=1).all()):
        raise DataError(f"{path}: a rotation is no quaternion")
    return _Images(names, Rotation.from_quat(w_last), camera_ids.pop())


def _end(path: Path, frames: np.ndarray, first_image: int | None, n_frames: int) -> int:
    """The frame after the last one that COLMAP's images describe.

    A model that lacks more of the end of the film than it describes is taken for one of another
    film, and ends where it ends.

    Args:
        path: the file of the images.
        frames: [n] frames of the images.
        first_image: as for `read_camera`.
        n_frames: as there.
    """
    end = int(frames.max()) + 1
    if end < 1:
        raise DataError(f"{path}: all images are from before image {first_image}, the film's first")
    if 0 < n_frames <= frames.min():
        raise DataError(
            f"{path}: all images are from after frame {n_frames - 1}, the last one that shows "
            "anyone: are they those of another film?"
        )
    return max(n_frames, end) if n_frames <= 2 * end else end


def _frames(names: list[str], first_image: int | None) -> np.ndarray:
    """The frames [n] of COLMAP's images; negative for images from before the film."""
    numbers = None if first_image is None else distinct_numbers(names)
    if numbers is None:
        numbers, first_image = frames_of_images(names).frames, 0
    return np.array([numbers[name] for name in names]) - first_image


def _intrinsics(path: Path, camera_id: str, size: Size | None) -> tuple[list[float], list[float]]:
    """F and c [px] of a camera in COLMAP's `cameras.txt`, in images of the film's size."""
    for line in _lines(path):
        words = line.split()
        if words[:1] == [camera_id]:
            names = _PARAMETERS.get(words[1] if len(words) > 1 else "")
            if names is None:
                raise SpecError(
                    f"{path}: camera model {' '.join(words[1:2])!r}: expected one of "
                    f"{', '.join(_PARAMETERS)}"
                )
            try:
                width, height, *values = (float(word) for word in words[2 : 4 + len(names)])
                f, c = ([v for v, n in zip(values, names, strict=True) if n == k] for k in "fc")
            except ValueError:
                raise DataError(f"{path}: not a line of COLMAP's cameras: {line!r:.60}") from None
            scale = _scale(path, (width, height), size)
            return [scale * value for value in (2 * f)[:2]], [scale * value for value in c]
    raise DataError(f"{path}: there is no camera {camera_id}")


def _scale(path: Path, colmap_size: tuple[float, float], size: Size | None) -> float:
    """How much larger the images of the film are than those of COLMAP."""
    if size is None:
        return 1.0
    x, y = (
        own / theirs if theirs > 0 else np.inf
        for own, theirs in zip(size, colmap_size, strict=True)
    )
    if not 1 / SAME_SHAPE < x / y < SAME_SHAPE:
        (own_width, own_height), (width, height) = colmap_size, size
        raise DataError(
            f"{path}: the images have {own_width:g}x{own_height:g} px, which is another shape than "
            f"the film: {width:g}x{height:g}"
        )
    return x


def _lines(path: Path) -> list[str]:
    """The lines of a text file of COLMAP, without its comments."""
    text = read_file(path, _LARGEST).decode("utf-8", errors="replace")
    return [line for line in text.splitlines() if not line.startswith("#")]
