"""Keypoints of detectors: the same numbers from every format, and errors that say what to do."""

import codecs
import gzip
import inspect
import json
import pickle
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from human_pose_util.errors import DataError, PoseError, SpecError
from human_pose_util.keypoints import FORMATS, Detections, read_detections, read_films
from human_pose_util.keypoints.image_names import frames_of_images
from human_pose_util.keypoints.image_size import doubt_of_size
from human_pose_util.skeleton import COCO_17, SKELETONS
from tests.helpers import keypoint_files as files
from tests.helpers.detected_walk import detected_walk
from tests.helpers.videopose3d_files import COCO_METADATA, H36M_METADATA

N_FRAMES = 6


def person(seed: int, n_keypoints: int = 17) -> np.ndarray:
    """[n_keypoints, 3]; the third keypoint is not seen."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(10, 400, size=(n_keypoints, 2)).round(3)
    keypoints = np.column_stack([points, rng.choice([0.5, 1.0], n_keypoints)])
    keypoints[2] = 0
    return keypoints


@pytest.fixture
def film():
    """Two people, one of whom is gone in frame 2; nobody in frame 3."""
    frames = [[person(i), person(i + 100)] for i in range(N_FRAMES)]
    frames[2].pop()
    frames[3].clear()
    return frames


WRITERS = {
    "openpose": files.openpose,
    "coco": files.results,
    "alphapose": files.alphapose,
    "mmpose": files.mmpose,
    "coco annotations": files.annotations,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same(name, film, tmp_path):
    detections = read_detections(WRITERS[name](tmp_path, film))
    expected = np.array([p for people in film for p in people])
    expected[:, 2, :2] = np.nan
    assert detections.frame.tolist() == [0, 0, 1, 1, 2, 4, 4, 5, 5]
    np.testing.assert_array_equal(detections.keypoints, expected)
    assert (detections.n_frames, detections.skeleton.id, detections.ids) == (
        N_FRAMES,
        "coco17",
        None,
    )
    assert detections.source == name.split()[0]
    assert detections.size == ((640, 480) if name == "coco annotations" else None)
    assert detections.notes == ()


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_has_numbers_of_people(name, film, tmp_path):
    ids = [[7, 3] for _ in film]
    detections = read_detections(WRITERS[name](tmp_path, film, ids))
    assert detections.ids.tolist() == [7, 3, 7, 3, 7, 7, 3, 7, 3]


@pytest.mark.parametrize("spelling", ["lists", "frames", "instance_info"])
def test_spellings_of_mmpose(spelling, film, tmp_path):
    detections = read_detections(files.mmpose(tmp_path, film, spelling=spelling))
    assert (detections.n_frames, detections.frame[-1], detections.source) == (N_FRAMES, 5, "mmpose")


def test_mmpose_of_a_single_image(film, tmp_path):
    path = files.mmpose(tmp_path, film, spelling="lists")
    detections = read_detections(files.dump(path, json.loads(path.read_text())[0]))
    assert (detections.n_frames, detections.frame.tolist()) == (1, [0, 0])


def test_a_folder_of_files_of_several_images_each(film, tmp_path):
    """Results that name their images are no people of one image, whatever file they are in."""
    for folder in ("films", "images"):
        (tmp_path / folder).mkdir()
    for name in ("one", "two"):
        rows = json.loads(files.results(tmp_path, film).read_text())
        files.dump(tmp_path / "films" / f"{name}.json", rows)
    with pytest.raises(DataError, match=r"several images each, like one.json: give one of the"):
        read_detections(tmp_path / "films")
    for image in (0, 1):
        same = [row for row in rows if row["image_id"] == rows[0]["image_id"]]
        files.dump(tmp_path / "images" / f"{image}.json", same)
    assert read_detections(tmp_path / "images").n_frames == 2


@pytest.mark.parametrize("key", ["pose_keypoints_2d", "pose_keypoints"])
def test_openpose_starts_anywhere_and_has_gaps(key, film, tmp_path):
    folder = files.openpose(tmp_path, film, start=40, key=key)
    (folder / "film_000000000041_keypoints.json").unlink()
    (folder / "._film_000000000041_keypoints.json").write_bytes(b"\0")
    detections = read_detections(folder)
    assert detections.frame.tolist() == [0, 0, 2, 4, 4, 5, 5]
    assert detections.n_frames == N_FRAMES
    assert detections.notes == ("frame 0 is image number 40",)


def test_one_file_of_openpose_is_one_frame(film, tmp_path):
    folder = files.openpose(tmp_path, film)
    detections = read_detections(next(iter(sorted(folder.iterdir()))))
    assert (detections.n_frames, detections.frame.tolist(), detections.source) == (
        1,
        [0, 0],
        "openpose",
    )


def test_openpose_folder_of_two_films(film, tmp_path):
    folder = files.openpose(tmp_path, film)
    (folder / "other_000000000001_keypoints.json").write_text('{"people": []}')
    with pytest.raises(DataError, match=r"several films, like .* and other_000000000001"):
        read_detections(folder)


@pytest.mark.parametrize("shape", [(N_FRAMES, 17, 3), (N_FRAMES, 17, 2), (17, 3), (17, 2)])
@pytest.mark.parametrize("ending", ["npy", "npz", "keypoints.npz"])
def test_arrays(shape, ending, film, tmp_path):
    frames = np.array([person(i) for i in range(N_FRAMES)]).astype(np.float32)
    array = frames[tuple(slice(n) for n in (N_FRAMES, 17, 3))] if len(shape) == 3 else frames[0]
    array = array[..., : shape[-1]]
    path = tmp_path / f"film.{ending}"
    if ending == "npy":
        np.save(path, array)
    elif ending == "npz":
        np.savez(path, array, fps=50.0)
    else:
        np.savez(path, keypoints=array, other=np.zeros(3), size=[640, 480])
    detections = read_detections(path)
    assert detections.n_frames == len(detections.frame) == (N_FRAMES if len(shape) == 3 else 1)
    assert np.isnan(detections.keypoints[:, 2, :2]).all()
    seen = np.delete(detections.keypoints, 2, axis=1)
    given = np.delete(array[None] if array.ndim == 2 else array, 2, axis=1)
    np.testing.assert_array_equal(seen[..., :2], given[..., :2])
    np.testing.assert_array_equal(seen[..., 2], given[..., 2] if shape[-1] == 3 else 1)
    assert detections.size == ((640, 480) if "keypoints" in ending else None)
    assert detections.notes == ("17 keypoints are read as coco17: `skeleton_id` names another",)


def videopose3d(path: Path, positions: dict, metadata: dict) -> Path:
    np.savez(path, positions_2d=np.array(positions), metadata=np.array(metadata))
    return path


@pytest.mark.parametrize(
    "metadata, skeleton", [(COCO_METADATA, "coco17"), (H36M_METADATA, "h36m-17")]
)
def test_videopose3d(metadata, skeleton, tmp_path):
    array = np.random.default_rng(0).uniform(1, 100, (4, 17, 2))
    metadata = metadata | {"video_metadata": {"me.mp4": {"w": 640, "h": 480}}}
    path = videopose3d(tmp_path / "film.npz", {"me.mp4": {"custom": [array]}}, metadata)
    detections = read_detections(path)
    np.testing.assert_array_equal(detections.keypoints[..., :2], array)
    assert (detections.skeleton.id, detections.size) == (skeleton, (640, 480))
    assert detections.notes == ()
    assert read_detections(path, skeleton_id="mpi17").skeleton.id == "mpi17"


def test_videopose3d_of_several_films(tmp_path):
    views = [9 * np.ones((4, 17, 2))] * 4
    path = videopose3d(tmp_path / "a.npz", {"S1": {"walk": views}}, COCO_METADATA)
    with pytest.raises(DataError, match=r"4 films: 'S1/walk/0', .*`film` NAME"):
        read_detections(path)
    odd = COCO_METADATA | {"keypoints_symmetry": [[1, 2], [3, 4]]}
    path = videopose3d(tmp_path / "b.npz", {"S1": {"walk": views[:1]}}, odd)
    with pytest.raises(DataError, match=r"unknown skeleton: say `skeleton_id` .*coco17"):
        read_detections(path)


# Which image is which frame


@pytest.mark.parametrize(
    "images, frames, n_frames, note",
    [
        ([5, 7, 6], [0, 2, 1], 3, "frame 0 is image number 5"),
        ([1, 31], [0, 30], 31, None),
        ([3, 4, 31], [3, 4, 31], 32, "nobody is detected before image number 3, which is frame 3"),
        (["f_0002.png", "f_0009.png"], [2, 9], 10, "nobody is detected before image number 2"),
        (["12.jpg", "9.jpg"], [3, 0], 4, "frame 0 is image number 9"),
        (["s1/frame_000001.png", "s1/frame_000003.png"], [0, 2], 3, None),
        (["film.avi_7", "film.avi_9"], [0, 2], 3, "frame 0 is image number 7"),
        ([397133, 37777, 252219], [2, 0, 1], 3, "no frame numbers"),
        (["b.jpg", "a10.jpg", "a9.jpg"], [2, 1, 0], 3, "no frame numbers"),
        (["b/1.jpg", "a/1.jpg"], [1, 0], 2, "no frame numbers"),
        (["9" * 5000], [0], 1, "frame 0"),
    ],
)
def test_frames_of_images(images, frames, n_frames, note):
    found = frames_of_images(images)
    assert [found.frames[image] for image in images] == frames
    assert found.n_frames == n_frames
    assert bool(found.notes) == (note is not None)
    assert note is None or note in found.notes[0]
    assert found.fps is None


@pytest.mark.parametrize("step", [2, 3, 10, 16, 18, 30, 300])
@pytest.mark.parametrize("first", [0, 1, 100])
def test_images_of_which_some_are_left_out_regularly(step, first):
    """Frames are those of all images, whose rate a user may take for that of the detections."""
    numbers = [first + step * i for i in range(30) if i not in (7, 20, 21)]
    found = frames_of_images(numbers)
    assert len({number - found.frames[number] for number in numbers}) == 1
    assert f"the file has one of {step} images: nothing is seen in the others" in found.notes[-1]
    assert "the frames per second (`fps`) are those of all images" in found.notes[-1]


@pytest.mark.parametrize(
    "numbers",
    [
        range(50),
        [*range(0, 20, 2), 21],
        [0, 2, 4, 6, 8],
        [0, 2, 6, 12, 14, 20, 24, 30, 34, 40],
        np.flatnonzero(np.random.default_rng(0).random(200) < 0.3).tolist(),
        [i for i in range(100) if i % 4],
    ],
)
def test_images_that_a_detector_leaves_out_now_and_then(numbers):
    assert not any("one of" in note for note in frames_of_images(numbers).notes)


def test_a_film_that_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr("human_pose_util.keypoints.checks.MAX_FRAMES", 100)
    path = files.results(tmp_path, [[person(0)], [person(1)]], image=lambda i: 500 * i)
    with pytest.raises(DataError, match="501 frames, at most 100"):
        read_detections(path)


# What is seen


@pytest.mark.parametrize(
    "keypoint",
    [
        "0 0 0.9",
        "5 5 0",
        "5 5 -1",
        "null 5 1",
        "5 NaN 1",
        "-1 -1 -1",
        "-1 -1 0.9",
        "5 5 Infinity",
        "5 5 null",
        "5 5 1e9",
        "1e5 5 1",
        f"5 -{'9' * 30} 1",
        pytest.param(f"5 {'9' * 5000} 1", id="endless"),
    ],
)
def test_what_is_not_seen(keypoint, tmp_path):
    keypoints = ["5", "5", "1", *keypoint.split(), *map(str, files.flat(person(0)[2:]))]
    text = f'[{{"image_id": 1, "keypoints": [{", ".join(keypoints)}]}}]'
    (tmp_path / "a.json").write_text(text)
    detections = read_detections(tmp_path / "a.json").keypoints
    np.testing.assert_array_equal(detections[0, 0], [5, 5, 1])
    np.testing.assert_array_equal(detections[0, 1], [np.nan, np.nan, 0])


@pytest.mark.parametrize("placeholder", [[-1, -1, -1], [-1, -1], [0, 0]])
def test_placeholders_in_arrays_are_not_seen(placeholder, tmp_path):
    width = len(placeholder)
    few = np.array([person(i) for i in range(20)])[..., :width]
    is_lost = np.random.default_rng(0).uniform(size=few.shape[:2]) < 0.25
    lost = np.where(is_lost[..., None], placeholder, few)
    np.save(tmp_path / "few.npy", few)
    np.save(tmp_path / "lost.npy", lost)
    whole, found = (read_detections(tmp_path / name) for name in ("few.npy", "lost.npy"))
    assert found.notes == whole.notes
    expected = np.where(is_lost[..., None], [np.nan, np.nan, 0.0], whole.keypoints)
    np.testing.assert_array_equal(found.keypoints, expected)


def test_confidences_are_at_most_1(tmp_path):
    few = np.array([person(i) for i in range(10)])
    few[0, 0, 2] = 1.08
    np.save(tmp_path / "few.npy", few)
    detections = read_detections(tmp_path / "few.npy")
    np.testing.assert_array_equal(detections.keypoints[..., 2], np.minimum(few[..., 2], 1))

    percent = few * [1, 1, 100]
    np.save(tmp_path / "percent.npy", percent)
    detections = read_detections(tmp_path / "percent.npy")
    np.testing.assert_allclose(detections.keypoints[..., 2], np.minimum(few[..., 2], 1))
    assert "confidences are divided by 100" in detections.notes


def test_no_confidence_at_all(tmp_path):
    keypoints = np.full((5, 17, 3), 100.0)
    keypoints[..., 2] = 0
    np.save(tmp_path / "a.npy", keypoints)
    with pytest.raises(DataError, match=r"no person in any frame: all confidences are 0$"):
        read_detections(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", 0 * keypoints)
    with pytest.raises(DataError, match=r"no person in any frame$"):
        read_detections(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "size, largest, doubt",
    [
        ((1920, 1080), 99, True),
        ((1920, 1080), 101, False),
        ((640, 480), 99, False),
    ],
)
def test_keypoints_in_percent(size, largest, doubt):
    points = np.random.default_rng(0).uniform(20, largest, (50, 17, 2))
    points[0, 0] = largest
    assert ("percent" in (doubt_of_size(points, size) or "")) == doubt


def test_people_of_whom_nothing_is_seen_are_left_out(tmp_path):
    path = files.results(tmp_path, [[person(0), np.zeros((17, 3))], [np.zeros((17, 3))]])
    detections = read_detections(path)
    assert (detections.frame.tolist(), detections.n_frames) == ([0], 2)


@pytest.mark.parametrize("n, skeleton", [(17, "coco17"), (18, "coco18"), (25, "body25")])
def test_skeleton_by_number(n, skeleton, tmp_path):
    detections = read_detections(files.results(tmp_path, [[detected_walk(skeleton)[0]]]))
    assert detections.skeleton.id == skeleton
    assert not detections.notes


@pytest.mark.parametrize("n, skeleton", [(14, "s14"), (15, "eva15"), (24, "s24"), (28, "mpi28")])
def test_other_numbers_are_of_our_skeletons_in_arrays_only(n, skeleton, tmp_path):
    path = tmp_path / "keypoints.npy"
    np.save(path, np.stack([person(i, n) for i in range(3)]))
    detections = read_detections(path)
    assert detections.skeleton.id == skeleton
    assert detections.notes
    with pytest.raises(DataError, match=f"unknown skeleton: say `skeleton_id` {skeleton}"):
        read_detections(files.results(tmp_path, [[person(0, n)]]))


@pytest.mark.parametrize(
    "n, width", [(16, 2), (16, 3), (24, 2), (24, 3), (28, 2), (14, 4), (18, 4), (17, 3), (33, 4)]
)
def test_rows_of_all_numbers_of_a_frame(n, width, tmp_path):
    """48 numbers are 16 keypoints of 3 values or 24 of 2: the values tell."""
    values = np.stack([person(i, n) for i in range(3)])
    values[..., 2] = 0.9
    if width == 4:
        values = np.insert(values, 2, -50.0, axis=2)  # a depth
    values = values[..., :width]
    np.save(tmp_path / "points.npy", values)
    np.save(tmp_path / "rows.npy", values.reshape(3, -1))
    points, rows = (read_detections(tmp_path / f"{name}.npy") for name in ("points", "rows"))
    assert rows.skeleton.id == points.skeleton.id
    np.testing.assert_array_equal(rows.keypoints, points.keypoints)


@pytest.mark.parametrize("skeleton", [s.id for s in SKELETONS])
def test_skeleton_by_flag(skeleton, tmp_path):
    n = {s.id: s.n_joints for s in SKELETONS}[skeleton]
    path = files.results(tmp_path, [[person(0, n)]])
    assert read_detections(path, skeleton_id=skeleton).skeleton.id == skeleton


# Errors


COCO = [{"image_id": 1, "keypoints": files.flat(person(0))}]


def changed(**values) -> list:
    return [COCO[0] | values]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'[\n{"a": 1', "line 2: .*not valid JSON"),
        (b"\xff\xd8\xff\xe0", r"neither JSON nor an \.npy or \.npz file"),
        (gzip.compress(b"[]"), r"is compressed \(gzip\): unpack it first"),
        ('[{"a": 1}]'.encode("utf-16"), "is UTF-16: save it as UTF-8"),
        (codecs.BOM_UTF16_BE + "x,y\n1,2\n".encode("utf-16-be"), "is UTF-16"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"people": [], "people": []}', "key 'people' is there twice"),
        (b"PK\x03\x04 and so on", r"no readable \.npz file"),
        (b"\x93NUMPY\x01\x00", r"no readable \.npy file"),
        (
            {"a": 1, "b": 2},
            r"none of the formats openpose, .*: it holds an object with \['a', 'b'\]",
        ),
        (["a"], "it holds a list that starts with 'a'"),
        (3, "it holds 3"),
        ([], "no person in any frame"),
        ([[], []], "no person in any frame"),
        ({"people": []}, "no person in any frame"),
        ({"people": [{}]}, "person 0 has no pose_keypoints_2d"),
        ({"people": {}}, "people: expected a list of people, got an object"),
        ({"images": [], "annotations": []}, "no person in any frame"),
        ({"images": [], "annotations": COCO}, "annotation 0 is of image 1, which is not among"),
        ({"images": [{"id": 1}, {"id": 1}], "annotations": []}, "two images have the same id"),
        ({"images": [{}], "annotations": []}, "an image has no id"),
        (COCO + [3], r"expected results \{...\}, got 3"),
        (COCO + [{"image_id": 2}], "result 1 has no keypoints"),
        (changed(image_id=None), "expected the number or the name of an image, got None"),
        (changed(keypoints=[1, 2]), "expected keypoints x, y, confidence, got a list of 2"),
        (changed(keypoints="12"), "expected a list of keypoints, got '12'"),
        (changed(keypoints=["1", 2, 3]), "expected numbers, got '1'"),
        (changed(keypoints=[True, 2, 3]), "expected numbers, got True"),
        (changed(keypoints=[[1, 2], [1]]), "expected keypoints of 2 numbers, got a list of 1"),
        (changed(keypoints=[[1], [1]]), "expected keypoints x, y or x, y, confidence"),
        (changed(keypoints=[0] * 51), "no person in any frame"),
        (changed(keypoints=[0.5] * 51), "lie between −1 and 1, expected pixels"),
        (
            changed(keypoints=[5] * 396),
            "132 keypoints of an unknown skeleton: no known skeleton has as .*; 14, .* are read",
        ),
        (changed(keypoints=[5] * 60), "20 keypoints of an unknown skeleton: say `skeleton_id` s20"),
        (COCO + [{"image_id": 2, "keypoints": [1] * 54}], "image 2: 18 keypoints, others have 17"),
        ([{"frame_id": 0, "instances": 3}], "frame 0: expected a list of instances, got 3"),
        ([{"instances": [{}]}], "frame 0: an instance has no keypoints"),
        ([{"instances": []}, {}], "frame 1 has no instances"),
        ({"instance_info": {}}, "expected a list of frames, got an object"),
        ([[{"keypoints": [[1, 2]], "keypoint_scores": []}]], "1 keypoints, but 0 scores"),
        ([[{"keypoints": [[1, 2, 3]], "keypoint_scores": [1]}]], "keypoints in 3D, expected x, y"),
    ],
)
def test_broken_files(content, message, tmp_path):
    path = tmp_path / "own.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(DataError, match=rf"^/.*own\.json.*{message}") as error:
        read_detections(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"keypoints": np.zeros((3, 17))}, r"keypoints has shape \(3, 17\), expected"),
        ({"keypoints": np.zeros((3, 2, 17, 2))}, r"shape \(3, 2, 17, 2\), expected"),
        ({"keypoints": np.zeros((0, 17, 2))}, "no person in any frame"),
        ({"keypoints": np.zeros((3, 0, 2))}, r"shape \(3, 0, 2\), expected"),
        ({"keypoints": np.full((3, 17, 2), "a")}, "expected an array of numbers, got <U1"),
        ({"keypoints": np.array([[1], [1, 2]], dtype=object)}, "numbers, got object"),
        ({"keypoints": np.array({"a": 1})}, "expected an array of numbers, got dict"),
        ({"a": np.ones(3), "b": np.ones(3)}, "holds 'a', 'b': expected an array named keypoints"),
        ({"fps": np.ones(3)}, "holds no array"),
        ({"a": np.ones((17, 2)), "size": np.ones(3)}, "size to be width and height"),
        ({"a": np.ones((17, 2)), "size": np.array([0, 5])}, "size to be width and height"),
        ({"a": np.ones((17, 2)), "size": np.array([0.5, 5])}, r"pixels, got array\(\[0.5, 5. \]\)"),
        ({"a": np.ones((17, 2)), "size": np.array([640.5, 480])}, "size to be width and height"),
        ({"a": np.ones((17, 2)), "size": np.array(["640", "high"])}, "size to be width and height"),
        ({"positions_2d": np.ones(3)}, "positions_2d is no dict of subjects"),
    ],
)
def test_broken_arrays(arrays, message, tmp_path):
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read_detections(tmp_path / "own.npz")


@pytest.mark.parametrize(
    "width, height, note",
    [
        ("640", "480", None),
        (640.0, 480, None),
        (None, None, None),
        ("wide", 480, r"does not count: .* got \['wide', 480\]"),
        (0.5, 480, "does not count"),
        (-5, -5, "does not count"),
    ],
)
def test_sizes_of_images_that_are_no_whole_numbers(width, height, note, tmp_path):
    path = files.annotations(tmp_path, [[person(i)] for i in range(12)])
    content = json.loads(path.read_text())
    for image in content["images"]:
        image |= {"width": width, "height": height}
    files.dump(path, content)
    detections = read_detections(path)
    assert detections.size == ((640, 480) if note is None and width else None)
    assert len(detections.notes) == (note is not None)
    assert all(re.search(note, said) for said in detections.notes)


def test_images_of_several_sizes(tmp_path):
    path = files.annotations(tmp_path, [[person(i)] for i in range(12)])
    content = json.loads(path.read_text())
    content["images"][3] |= {"width": 641}
    detections = read_detections(files.dump(path, content))
    assert detections.size is None
    assert any("several sizes" in note for note in detections.notes)


@pytest.mark.parametrize("size", [5, ("640", "480"), (640, 0), "640x480"])
def test_sizes_from_python_that_are_none(size, film, tmp_path):
    with pytest.raises(SpecError, match=r"^size .*: expected the image's width and height"):
        read_detections(files.openpose(tmp_path, film), size=size)


def test_sizes_and_rates_as_texts(tmp_path):
    film = {"keypoints": [person(i).tolist() for i in range(12)]}
    path = files.dump(tmp_path / "own.json", film | {"size": ["640", "480"], "fps": "25"})
    detections = read_detections(path)
    assert (detections.size, detections.fps) == ((640, 480), 25)


class Evil:
    def __reduce__(self):
        return Path.touch, (Path("touched"),)


def test_no_pickle_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    array = np.array([Evil()], dtype=object)
    np.save("a.npy", array)
    np.savez("a.npz", keypoints=array)
    Path("a.pkl").write_bytes(pickle.dumps(Evil()))
    for name in ("a.npy", "a.npz", "a.pkl"):
        with pytest.raises(DataError):
            read_detections(name)
    assert not Path("touched").exists()


def test_missing_files(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_detections(tmp_path / "none.json")
    with pytest.raises(DataError, match=r"holds no \*_keypoints\.json files"):
        read_detections(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        read_detections("a\0b")
    (tmp_path / "1_keypoints.json").write_text("[]")
    with pytest.raises(DataError, match=r"1_keypoints\.json has no key 'people'"):
        read_detections(tmp_path)


def test_wrong_flags(film, tmp_path):
    path = files.results(tmp_path, film)
    with pytest.raises(SpecError, match="unknown `format` 'openpos': did you mean 'openpose'"):
        read_detections(path, format="openpos")
    with pytest.raises(SpecError, match="unknown `format` 'x': known: openpose, coco, "):
        read_detections(path, format="x")
    with pytest.raises(SpecError, match="unknown skeleton 'coco'"):
        read_detections(path, skeleton_id="coco")
    with pytest.raises(SpecError, match="17 keypoints, but `skeleton_id` body25 has 25"):
        read_detections(path, skeleton_id="body25")


def test_one_film_is_read_with_the_defaults_of_several():
    one, several = (inspect.signature(read) for read in (read_detections, read_films))
    assert list(one.parameters.values()) == list(several.parameters.values())


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_that_has_to_be(format, film, tmp_path):
    np.save(tmp_path / "a.npy", person(0))
    paths = {name: writer(tmp_path, film) for name, writer in WRITERS.items() if name in FORMATS}
    paths["coco"] = files.results(tmp_path, film).rename(tmp_path / "coco.json")
    paths["alphapose"] = files.alphapose(tmp_path, film)
    paths["array"] = tmp_path / "a.npy"
    for name, path in paths.items():
        if name == format or {name, format} == {"coco", "alphapose"}:
            assert read_detections(path, format=format).source == name
        else:
            with pytest.raises(
                DataError, match=f"not of the format {format}: it looks like {name}"
            ):
                read_detections(path, format=format)


# Anything else


def valid_files() -> list[bytes]:
    frames = [[person(0), person(1)], [person(2)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        np.savez(path / "a.npz", keypoints=np.array([person(0), person(1)]), size=[640, 480])
        np.save(path / "a.npy", np.array([person(0), person(1)]))
        videopose3d(path / "b.npz", {"a": {"b": [person(0)[None, :, :2]]}}, COCO_METADATA)
        paths = [writer(path, frames) for name, writer in WRITERS.items() if name != "alphapose"]
        paths[0] = next(iter(paths[0].iterdir()))
        names, blaze = COCO_17.joints, [[person(i, 33)] for i in range(2)]
        paths += [
            files.tfjs(path, frames, names),
            files.ultralytics(path, frames),
            files.alphapose_form(path, frames),
            files.poseflow(path, frames, [[1, 2]] * 2),
            files.kinetics(path, frames, (1, 1)),
            files.mediapipe(path, blaze, (640, 480), "own"),
            files.deeplabcut(path, [people[:1] for people in frames], names),
            files.landmark_table(path, frames, names),
            files.detectron2(path, frames, (640, 480)),
        ]
        return [p.read_bytes() for p in [*paths, path / "a.npz", path / "a.npy", path / "b.npz"]]


VALID = valid_files()
PIECES = [b"null", b"[]", b"{}", b"-1", b"1e999", b"NaN", b'"a"', b"true", b"9" * 30, b"0", b"]"]


def detections_or_error(path: Path) -> Detections | PoseError:
    try:
        return read_detections(path)
    except PoseError as error:
        return error


def check(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    detections = detections_or_error(path)
    if isinstance(detections, PoseError):
        assert len(str(detections).splitlines()) == 1
        return
    assert isinstance(detections, Detections)
    n = len(detections.frame)
    assert detections.keypoints.shape == (n, detections.skeleton.n_joints, 3)
    assert (np.diff(detections.frame) >= 0).all()
    assert 0 <= detections.frame[0] <= detections.frame[-1] < detections.n_frames
    points, confidence = detections.keypoints[..., :2], detections.keypoints[..., 2]
    assert not np.isinf(points).any()
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert (np.isnan(points).all(axis=-1) == (confidence == 0)).all()
    assert (confidence > 0).any(axis=1).all()
    assert detections.ids is None or detections.ids.shape == (n,)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_in_one_line(data):
    content = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(start + 20, len(content))))
        piece = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)))
        content = content[:start] + piece + content[end:]
    with tempfile.TemporaryDirectory() as folder:
        check(content, Path(folder) / "a")


def replaced(value, steps: list[int], new):
    """JSON with the value at the end of a walk through it replaced."""
    if not steps or not isinstance(value, list | dict) or not value:
        return new
    key = list(value)[steps[0] % len(value)] if isinstance(value, dict) else steps[0] % len(value)
    copy = value.copy()
    copy[key] = replaced(value[key], steps[1:], new)
    return copy


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(
    content=st.sampled_from([json.loads(v) for v in VALID if v[:1] in b"[{"]),
    steps=st.lists(st.integers(0, 60), max_size=6),
    new=JSON,
)
def test_changed_json_is_read_or_refused_in_one_line(content, steps, new):
    with tempfile.TemporaryDirectory() as folder:
        check(json.dumps(replaced(content, steps, new)).encode(), Path(folder) / "a")
