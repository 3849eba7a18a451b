"""Files of many detectors: the same walk, from whatever a tool writes."""

import json
import re
import time

import numpy as np
import pytest

from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints import (
    ALL_FILMS,
    read_detections,
    read_films,
    select_people,
    track_people,
)
from human_pose_util.keypoints.files.source import Source
from human_pose_util.keypoints.film_choice import film_labels
from human_pose_util.keypoints.image_names import frames_of_images
from human_pose_util.keypoints.instances import Instance, collect
from human_pose_util.skeleton import COCO_17
from human_pose_util.skeleton.anatomy import standing
from human_pose_util.skeleton.keypoints import LAYOUTS, layout_of
from tests.helpers import keypoint_files as files
from tests.helpers.detected_walk import SIZE, detected_walk

_MOVENET = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle"
)
_BLAZEPOSE = (
    "NOSE LEFT_EYE_INNER LEFT_EYE LEFT_EYE_OUTER RIGHT_EYE_INNER RIGHT_EYE RIGHT_EYE_OUTER "
    "LEFT_EAR RIGHT_EAR MOUTH_LEFT MOUTH_RIGHT LEFT_SHOULDER RIGHT_SHOULDER LEFT_ELBOW "
    "RIGHT_ELBOW LEFT_WRIST RIGHT_WRIST LEFT_PINKY RIGHT_PINKY LEFT_INDEX RIGHT_INDEX LEFT_THUMB "
    "RIGHT_THUMB LEFT_HIP RIGHT_HIP LEFT_KNEE RIGHT_KNEE LEFT_ANKLE RIGHT_ANKLE LEFT_HEEL "
    "RIGHT_HEEL LEFT_FOOT_INDEX RIGHT_FOOT_INDEX"
)
_MMPOSE_H36M = (
    "root right_hip right_knee right_foot left_hip left_knee left_foot spine thorax neck_base "
    "head left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
)
MOVENET, BLAZEPOSE, MMPOSE_H36M = (names.split() for names in (_MOVENET, _BLAZEPOSE, _MMPOSE_H36M))


def in_file(skeleton_id: str) -> np.ndarray:
    """[n, n_keypoints, 3] a walk with all keypoints of a file; those that do not count are far."""
    layout = next(la for la in LAYOUTS if la.skeleton.id == skeleton_id)
    walk = detected_walk(skeleton_id)
    keypoints = np.tile([700.0, 20.0, 1.0], (len(walk), layout.n_keypoints, 1))
    keypoints[:, layout.columns] = walk
    return keypoints


def film(skeleton_id: str = "coco17", people: int = 1) -> files.Frames:
    """A film of people who walk beside each other; nobody is seen in frame 3."""
    walks = [in_file(skeleton_id) + [250.0 * k, 0, 0] for k in range(people)]
    frames = [list(people) for people in zip(*walks, strict=True)]
    frames[3] = []
    return frames


def check(detections, skeleton_id: str = "coco17", people: int = 1, tolerance: float = 1e-9):
    walk = detected_walk(skeleton_id)
    assert detections.skeleton.id == skeleton_id
    assert detections.n_frames == len(walk)
    assert detections.frame.tolist() == [
        i for i in range(len(walk)) if i != 3 for _ in range(people)
    ]
    found = [person.keypoints for _, person in select_people(detections, None)]
    assert len(found) == people
    for keypoints in found:
        offset = 250.0 * round((keypoints[0, 0, 0] - walk[0, 0, 0]) / 250)
        seen = np.delete(keypoints - [offset, 0, 0], 3, axis=0)
        np.testing.assert_allclose(seen, np.delete(walk, 3, axis=0), atol=tolerance)
    assert detections.warnings == ()


@pytest.mark.parametrize(
    "write, source",
    [
        (files.pose2sim, "openpose"),
        (lambda p, f: files.pose2sim(p, f, "cam01_{:06d}.json"), "openpose"),
        (files.sep_json, "alphapose"),
        (lambda p, f: files.sep_json(p, f, "cmu"), "alphapose"),
        (files.alphapose_form, "alphapose"),
        (lambda p, f: files.alphapose_form(p, f, "cmu"), "alphapose"),
        (files.mmpose_predictions, "mmpose"),
        (files.ultralytics, "ultralytics"),
        (lambda p, f: files.ultralytics(p, f, spelling="lines"), "ultralytics"),
        (lambda p, f: files.ultralytics(p, f, spelling="strings"), "ultralytics"),
        (lambda p, f: files.ultralytics(p, f, spelling="folder"), "ultralytics"),
        (lambda p, f: files.detectron2(p, f, SIZE), "detectron2"),
        (lambda p, f: files.tfjs(p, f, MOVENET), "tfjs"),
        (lambda p, f: files.tfjs(p, f, MOVENET, wrapper=None), "tfjs"),
    ],
)
def test_formats_in_pixels(write, source, tmp_path):
    detections = read_detections(write(tmp_path, film(people=2)))
    check(detections, people=2)
    assert detections.source == source
    assert detections.size == (SIZE if source == "detectron2" else None)


@pytest.mark.parametrize(
    "write",
    [
        lambda p, f: files.kinetics(p, f, SIZE),
        lambda p, f: files.kinetics(p, f, SIZE, nested=True),
        lambda p, f: files.ultralytics(p, f, size=SIZE),
    ],
)
def test_shares_of_the_image_need_its_size(write, tmp_path):
    path = write(tmp_path, film(people=2))
    with pytest.raises(DataError, match=r"expected pixels: .*\(`size` WxH\)"):
        read_detections(path)
    check(read_detections(path, size=SIZE), people=2, tolerance=1e-6)


@pytest.mark.parametrize("confident", [False, True])
@pytest.mark.parametrize("ids", [None, [[4, 2]] * 24])
def test_label_files_of_yolo(ids, confident, tmp_path):
    folder = files.yolo_labels(tmp_path, film(people=2), SIZE, ids, confident)
    detections = read_detections(folder, size=SIZE)
    check(detections, people=2, tolerance=1e-4)
    assert detections.ids is None if ids is None else set(detections.ids) == {2, 4}
    (folder / "poses.csv").write_text("person,frame,joint,x,y,z\n0,0,neck,0,0,1\n")  # an export
    check(read_detections(folder, size=SIZE), people=2, tolerance=1e-4)


@pytest.mark.parametrize("last", ["nan", "inf", "1e300", "0.5"])
def test_a_last_number_of_yolo_that_is_no_track(last, tmp_path):
    folder = files.yolo_labels(tmp_path, film(people=2), SIZE, [[4, 2]] * 24, True)
    for path in folder.iterdir():
        lines = path.read_text().splitlines()
        path.write_text("\n".join([f"{line.rsplit(maxsplit=1)[0]} {last}" for line in lines]))
    detections = read_detections(folder, size=SIZE)
    check(detections, people=2, tolerance=1e-4)
    assert detections.ids is None


@pytest.mark.parametrize(
    "spelling", ["landmarks", "bare", "people", "holistic", "protocol", "tasks", "arrays", "own"]
)
def test_landmarks_of_mediapipe(spelling, tmp_path):
    path = files.mediapipe(tmp_path, film("blazepose33"), SIZE, spelling)
    detections = read_detections(path, size=None if spelling == "own" else SIZE)
    check(detections, "blazepose33", tolerance=1e-6)
    assert (detections.source, detections.size) == ("mediapipe", SIZE)
    assert detections.fps == (25.0 if spelling == "own" else None)


@pytest.mark.parametrize(
    "form", ["{name}_{axis}", "{axis}_{name}", "{axis}{i}", "pose_{i}_{axis}", "{name}.{axis}", ""]
)
def test_tables_of_landmarks(form, tmp_path):
    frames = film("blazepose33")
    path = files.landmark_table(tmp_path, frames, BLAZEPOSE, form)
    frames[3] = [in_file("blazepose33")[3]]
    detections = read_detections(path)
    check(detections, "blazepose33")
    assert detections.source == "landmarks"


@pytest.mark.parametrize("begin", ["", "\ufeff"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_table_whose_titles_are_long(begin, quote, tmp_path):
    path = files.landmark_table(tmp_path, film("blazepose33"), BLAZEPOSE, "{name}_{axis}")
    header, *rows = path.read_text().splitlines()
    titles = header.split(",") + [f"column_{i}" for i in range(1000)]
    header = ",".join(f"{quote}{title}{quote}" for title in titles)
    path.write_text(begin + "\n".join([header, *(row + "," * 1000 for row in rows)]))
    check(read_detections(path), "blazepose33")


@pytest.mark.parametrize("text", ["a,", '"a",', "1 ", '","'])
def test_a_long_line_is_looked_at_once(text, tmp_path):
    path = tmp_path / "line.csv"
    path.write_text(text * 1_000_000)
    began = time.monotonic()
    assert Source(path).kind in ("table", "json")
    assert time.monotonic() - began < 5


def rows_of_two_people(tmp_path, title: str, cell, extra=lambda rows: rows):
    """A table with a row for each landmark of two people, and one column more."""
    path = files.landmark_table(tmp_path, film("blazepose33", 2), BLAZEPOSE, "")
    header, *rows = path.read_text().splitlines()
    rows = [f"{cell(i, i // 33 % 2)},{row}" for i, row in enumerate(rows)]
    path.write_text("\n".join([f"{title},{header}", *extra(rows)]))
    return path


@pytest.mark.parametrize(
    "title, cell",
    [
        ("Person", lambda i, person: person),
        ("track_id", lambda i, person: f"{person}.0"),
        ("individuals", lambda i, person: "AB"[person]),
        ("id", lambda i, person: person + 1),
        ("detection_id", lambda i, person: (person + i // 66) % 2),  # in any order in each image
        ("instance", lambda i, person: person),
    ],
)
def test_tables_of_landmarks_of_two_people(title, cell, tmp_path):
    path = rows_of_two_people(tmp_path, title, cell)
    detections = read_detections(path)
    assert len(detections.frame) == 2 * len(np.unique(detections.frame)) == 46
    found = [person.keypoints for _, person in select_people(detections, None)]
    walk = np.delete(detected_walk("blazepose33"), 3, axis=0)
    for offset, keypoints in zip((0, 250), sorted(found, key=lambda k: k[0, 0, 0]), strict=True):
        seen = np.delete(keypoints, 3, axis=0)
        np.testing.assert_allclose(seen, walk + [offset, 0, 0], atol=1e-9)


@pytest.mark.parametrize(
    "title, cell", [("id", lambda i, person: i), ("score_of_box", lambda i, person: 0.5),
                    ("person", lambda i, person: -1)]
)  # fmt: skip
def test_people_whom_a_table_does_not_tell_apart(title, cell, tmp_path):
    path = rows_of_two_people(tmp_path, title, cell)
    with pytest.raises(DataError, match="two rows have '0' in image 0: a column 'person' has to"):
        read_detections(path)


@pytest.mark.parametrize("cell", [lambda i: i, lambda i: i % 33, lambda i: 7])
def test_an_id_that_is_no_person(cell, tmp_path):
    def first_person(rows):
        rows = [row for i, row in enumerate(rows) if i // 33 % 2 == 0]
        return [f"{cell(i)}{row}" for i, row in enumerate(rows)]

    path = rows_of_two_people(tmp_path, "id", lambda i, person: "", first_person)
    assert len(read_detections(path).frame) == 23


def test_a_table_with_landmarks_of_faces_beside_those_of_bodies(tmp_path):
    path = files.landmark_table(tmp_path, film("blazepose33"), BLAZEPOSE, "")
    header, *rows = path.read_text().splitlines()
    of_faces = ["face,{},{},0,0,0,1".format(*row.split(",")) for row in rows]
    rows = [f"type,{header}", *of_faces, *(f"pose,{row}" for row in rows)]
    path.write_text("\n".join(rows))
    check(read_detections(path), "blazepose33")


def test_a_table_with_places_in_metres_beside_pixels(tmp_path):
    path = files.landmark_table(tmp_path, film("blazepose33"), BLAZEPOSE, "pose_{i}_{axis}")
    header, *rows = (line.split(",", 1)[1] for line in path.read_text().splitlines())
    in_metres = header.replace("pose", "pose_world")
    rows = [re.sub("[^,]+", "0.5", row) + f",{row}" for row in rows]
    path.write_text("\n".join([f"{in_metres},{header}", *rows]))
    seen = np.delete(detected_walk("blazepose33"), 3, axis=0)
    np.testing.assert_array_equal(read_detections(path).keypoints, seen)


def test_tables_by_times_and_by_semicolons(tmp_path):
    walk = in_file("blazepose33")
    path = files.landmark_table(tmp_path, [[person] for person in walk], BLAZEPOSE)
    header, *rows = path.read_text().splitlines()
    cells = [row.split(",")[1:] for row in rows]
    titles = header.replace("_", " ").split(",")[1:]
    for times in (range(0, 1000, 40), [round(i / 25, 3) for i in range(24)]):
        lines = [["time", *titles], *([str(t), *row] for t, row in zip(times, cells, strict=False))]
        path.write_text("\n".join(";".join(line) for line in lines))
        detections = read_detections(path)
        assert detections.frame.tolist() == list(range(24))
        np.testing.assert_array_equal(detections.keypoints, detected_walk("blazepose33"))
        # As Excel writes it where numbers have commas, and R, which quotes the titles.
        commas = [lines[0], *([cell.replace(".", ",") for cell in line] for line in lines[1:])]
        path.write_text("\n".join(";".join(line) for line in commas))
        np.testing.assert_array_equal(read_detections(path).keypoints, detections.keypoints)
        quoted = [[f'"{title}"' for title in lines[0]], *lines[1:]]
        path.write_text("\n".join(",".join(line) for line in quoted))
        np.testing.assert_array_equal(read_detections(path).keypoints, detections.keypoints)


@pytest.mark.parametrize(
    "title, unit",
    [("time", 1), ("timestamp", 1), ("timestamp_ms", 1000), ("Time (ms)", 1000), ("ms", 1000)],
)
def test_tables_by_times_in_seconds_or_milliseconds(tmp_path, title, unit):
    walk = in_file("blazepose33")
    path = files.landmark_table(tmp_path, [[person] for person in walk], BLAZEPOSE)
    header, *rows = (line.split(",") for line in path.read_text().splitlines())
    lines = [[title, *header[1:]]]
    lines += [[f"{unit * i / 25:g}", *row[1:]] for i, row in enumerate(rows)]
    path.write_text("\r".join(",".join(line) for line in lines))  # as old spreadsheets end lines
    detections = read_detections(path)
    np.testing.assert_array_equal(detections.keypoints, detected_walk("blazepose33"))
    assert any("25 frames per second" in note for note in detections.notes)


def table_with(tmp_path, title, cell):
    """A table with a row for each frame, and other columns before the landmarks."""
    path = files.landmark_table(tmp_path, film("blazepose33"), BLAZEPOSE)
    header, *rows = (line.split(",", 1)[1] for line in path.read_text().splitlines())
    lines = [f"{title},{header}", *(f"{cell(i)},{row}" for i, row in enumerate(rows))]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("title", ["file,frame", "filename,frame", "frame,file", "video,frame"])
def test_a_table_whose_rows_name_the_film(title, tmp_path):
    names = {"frame": str, "file": lambda i: "a.mp4"}
    names |= dict.fromkeys(("filename", "video"), lambda i: "take1.mp4")
    path = table_with(tmp_path, title, lambda i: ",".join(names[t](i) for t in title.split(",")))
    assert read_detections(path).n_frames == len(path.read_text().splitlines()) - 1


def test_a_table_of_milliseconds_whose_rows_name_the_film(tmp_path):
    path = table_with(tmp_path, "file,ms", lambda i: f"a.mp4,{40 * i}")
    assert read_detections(path).fps == pytest.approx(25)


def test_names_of_images_count_where_they_tell_as_much_as_times(tmp_path):
    of_film = read_detections(table_with(tmp_path, "file,time", lambda i: f"a.mp4,{i / 25}"))
    assert (of_film.fps, of_film.n_frames) == (25, of_film.frame[-1] + 1)
    of_images = read_detections(table_with(tmp_path, "file,time", lambda i: f"{i}.png,{i / 25}"))
    assert of_images.fps is None
    np.testing.assert_array_equal(of_images.frame, of_film.frame)


@pytest.mark.parametrize("title", ["file,frame", "video,frame", "video,time"])
def test_a_table_of_several_films(title, tmp_path):
    path = table_with(tmp_path, title, lambda i: f"{'ab'[i // 12]}.mp4,{i % 12}")
    with pytest.raises(DataError, match=r"several films, like 'a.mp4' and 'b.mp4': split it"):
        read_detections(path)


def test_tables_by_times_of_300_hz(tmp_path):
    for title, unit in (("time", 1), ("time_ms", 1000)):
        path = table_with(tmp_path, title, lambda i, unit=unit: f"{unit * i / 300:.5f}")
        detections = read_detections(path)
        assert detections.n_frames == len(path.read_text().splitlines()) - 1
        assert detections.fps == pytest.approx(300, rel=1e-3)
        assert not any("if they are milliseconds" in note for note in detections.notes)


def test_irregular_times_are_milliseconds(tmp_path):
    path = table_with(tmp_path, "time", lambda i: (i + i**2) / 1000)
    detections = read_detections(path)
    assert detections.fps is None
    places = detections.frame[:, None] == [i + i**2 for i in range(24)]
    assert places.any(axis=1).all()


def test_tables_whose_times_are_no_numbers_are_in_their_order(tmp_path):
    path = table_with(tmp_path, "time", lambda i: f"00:00:{i / 30:06.3f}")
    assert read_detections(path).n_frames == len(path.read_text().splitlines()) - 1


def test_nobody_in_a_film_of_mediapipe(tmp_path):
    path = files.mediapipe(tmp_path, [[], []], SIZE, "own")
    with pytest.raises(DataError, match="no person in any frame"):
        read_detections(path)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_rows_of_all_numbers(width, tmp_path):
    walk = in_file("blazepose33")
    depth = -0.2 * np.ones((*walk.shape[:2], 1))
    values = {
        2: walk[..., :2],
        3: np.concatenate([walk[..., :2], depth], axis=2),
        4: np.concatenate([walk[..., :2], depth, walk[..., 2:]], axis=2),
    }[width]
    for name, array in {"a.npy": values.reshape(len(walk), -1), "b.npy": values}.items():
        np.save(tmp_path / name, array)
        detections = read_detections(tmp_path / name)
        np.testing.assert_array_equal(detections.keypoints, detected_walk("blazepose33"))


def test_nested_lists(tmp_path):
    path = files.dump(tmp_path / "a.json", in_file("coco17").tolist())
    np.testing.assert_array_equal(read_detections(path).keypoints, detected_walk("coco17"))
    content = {"keypoints": in_file("coco17").tolist(), "fps": 50, "size": SIZE}
    detections = read_detections(files.dump(tmp_path / "b.json", content))
    assert (detections.fps, detections.size, detections.source) == (50, SIZE, "array")


@pytest.mark.parametrize("individuals", [None, ["ann", "bob"]])
def test_deeplabcut(individuals, tmp_path):
    order = np.random.default_rng(0).permutation(17)
    names = [MOVENET[i].replace("left_", "L").replace("right_", "R").title() for i in order]
    frames = [[k[order] for k in people] for people in film(people=2 if individuals else 1)]
    frames[3] = [np.zeros((17, 3)) for _ in frames[0]]
    detections = read_detections(files.deeplabcut(tmp_path, frames, names, individuals))
    check(detections, people=2 if individuals else 1)
    assert (detections.ids is not None) == bool(individuals)


def test_poses_alone_are_frames(tmp_path):
    frames = film()
    path = files.tfjs(tmp_path, frames, MOVENET, wrapper=None)
    poses = [people[0] for people in json.loads(path.read_text()) if people]
    numbers = [i for i, people in enumerate(frames) if people]
    numbered = [{"frame": i} | pose for i, pose in zip(numbers, poses, strict=True)]
    check(read_detections(files.dump(path, numbered)))
    assert read_detections(files.dump(path, poses)).n_frames == len(poses)


@pytest.mark.parametrize("write", [files.alphapose_form, files.sep_json])
def test_the_head_in_the_place_of_the_neck(write, tmp_path):
    """AlphaPose's other forms of a model with Halpe's keypoints."""
    walk = detected_walk("coco18")
    given = walk.copy()
    given[:, 1] = detected_walk("halpe26")[:, 17]
    detections = read_detections(write(tmp_path, [[person] for person in given]))
    assert np.isnan(detections.keypoints[:, 1, :2]).all()
    np.testing.assert_array_equal(np.delete(detections.keypoints, 1, 1), np.delete(walk, 1, 1))
    assert "top of the head" in detections.notes[0]


def test_tracks_of_poseflow(tmp_path):
    detections = read_detections(files.poseflow(tmp_path, film(people=2), [[3, 5]] * 24))
    check(detections, people=2)
    assert set(detections.ids) == {3, 5}


# Skeletons


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.skeleton.id)
def test_skeletons_of_detectors(layout, tmp_path):
    skeleton_id = layout.skeleton.id
    path = files.results(tmp_path, film(skeleton_id), image=lambda i: i)
    check(read_detections(path, skeleton_id=skeleton_id), skeleton_id)
    check(read_detections(path), skeleton_id)


@pytest.mark.parametrize("skeleton_id", ["coco17", "h36m-17", "mpi17", "s14", "body25", "body25b"])
def test_the_shape_of_the_body_tells_the_skeleton(skeleton_id, tmp_path):
    walk = detected_walk(skeleton_id)
    np.save(tmp_path / "walk.npy", walk[..., :2])
    assert read_detections(tmp_path / "walk.npy").skeleton.id == skeleton_id
    detections = read_detections(files.results(tmp_path, [[person] for person in walk]))
    assert detections.skeleton.id == skeleton_id
    is_usual = skeleton_id in ("coco17", "body25")
    assert bool(detections.notes) == (not is_usual)


@pytest.mark.parametrize("n", [1, 60])
def test_two_layouts_of_openpose_in_doubt(n, tmp_path):
    points = np.random.default_rng(0).uniform(0, 500, (n, 25, 2))
    path = files.results(tmp_path, [[np.column_stack([p, np.ones(25)])] for p in points])
    with pytest.raises(DataError, match="say `skeleton_id` body25 or body25b"):
        read_detections(path)
    assert read_detections(path, skeleton_id="body25b").skeleton.id == "body25b"


def annotated(tmp_path, names, walk):
    path = files.annotations(tmp_path, [[person] for person in walk])
    content = json.loads(path.read_text())
    content["categories"] = [{"id": 1, "name": "person", "keypoints": names}]
    for annotation in content["annotations"]:
        annotation["category_id"] = 1
    return files.dump(path, content)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda n: n,
        lambda n: n.replace("left_", "l_").replace("right_", "r_"),
        lambda n: n.replace("left_", "L").replace("right_", "R").title(),
        lambda n: "".join(w.title() for w in n.split("_")),
        lambda n: "_".join(reversed(n.split("_"))).upper(),
        lambda n: n.replace("_", " "),
    ],
)
def test_names_in_a_file_order_the_keypoints(spelling, tmp_path):
    order = np.random.default_rng(0).permutation(17)
    names = [spelling(MOVENET[i]) for i in order]
    path = annotated(tmp_path, names, detected_walk("coco17")[:, order])
    detections = read_detections(path)
    np.testing.assert_array_equal(detections.keypoints, detected_walk("coco17"))
    assert "coco17" in detections.notes[0]


def test_names_of_other_skeletons(tmp_path):
    walk = detected_walk("h36m-17")
    path = annotated(tmp_path, MMPOSE_H36M, walk)
    detections = read_detections(path)
    assert detections.skeleton.id == "h36m-17"
    np.testing.assert_array_equal(detections.keypoints, walk)
    assert detections.notes == ()
    with pytest.raises(SpecError, match="are those of h36m-17, but `skeleton_id` says coco17"):
        read_detections(path, skeleton_id="coco17")
    assert read_detections(path, skeleton_id="h36m-17").skeleton.id == "h36m-17"


@pytest.mark.parametrize("form", [dict, list])
def test_names_in_mmpose(form, tmp_path):
    walk = detected_walk("h36m-17")
    path = files.mmpose(tmp_path, [[person] for person in walk])
    content = json.loads(path.read_text())
    names = MMPOSE_H36M if form is list else {str(i): n for i, n in enumerate(MMPOSE_H36M)}
    content["meta_info"] = {"dataset_name": "h36m", "keypoint_id2name": names}
    detections = read_detections(files.dump(path, content))
    assert detections.skeleton.id == "h36m-17"
    np.testing.assert_array_equal(detections.keypoints, walk)


def test_more_names_than_joints_and_fewer(tmp_path):
    walk = detected_walk("coco17")
    names = [*MOVENET, "tail"]
    more = np.concatenate([walk, walk[:, :1] + [5, 5, 0]], axis=1)
    detections = read_detections(annotated(tmp_path, names, more))
    np.testing.assert_array_equal(detections.keypoints, walk)
    assert "like 'tail'" in detections.notes[0]
    detections = read_detections(annotated(tmp_path, MOVENET[5:], walk[:, 5:]))
    seen = [detections.skeleton.joint_index(joint) for joint in COCO_17.joints[5:]]
    np.testing.assert_array_equal(detections.keypoints[:, seen], walk[:, 5:])
    assert np.isnan(np.delete(detections.keypoints, seen, axis=1)[..., 0]).all()


def test_names_beside_an_array(tmp_path):
    order = np.random.default_rng(0).permutation(17)
    names = np.array([MOVENET[i] for i in order])
    np.savez(tmp_path / "a.npz", keypoints=detected_walk("coco17")[:, order], joint_names=names)
    detections = read_detections(tmp_path / "a.npz")
    np.testing.assert_array_equal(detections.keypoints, detected_walk("coco17"))


def test_names_that_are_not_of_a_body(tmp_path):
    walk = detected_walk("coco17")
    path = annotated(tmp_path, [f"kp{i}" for i in range(17)], walk)
    np.testing.assert_array_equal(read_detections(path).keypoints, walk)
    with pytest.raises(DataError, match="17 keypoints, but 3 names"):
        read_detections(annotated(tmp_path, ["nose", "a", "b"], walk))


def test_a_skeleton_that_does_not_fit_is_said(tmp_path):
    walk = detected_walk("body25b")
    path = files.results(tmp_path, [[person] for person in walk])
    [warning, *_] = read_detections(path, skeleton_id="body25").warnings
    assert "do not have the shape of a body: body25b is likelier" in warning


def test_crossed_limbs_are_said(tmp_path):
    order = np.arange(17)
    order[[7, 8]] = 8, 7  # the elbows
    walk = detected_walk("coco17")
    front = walk[:, :, :2].copy()
    front[..., 0] = 500 + 110 * standing(COCO_17)[:, 0]
    people = [[np.column_stack([p, np.ones(17)])] for p in front[:, order]]
    warnings = read_detections(files.results(tmp_path, people)).warnings
    assert any("between shoulder and elbow, and between elbow and wrist" in w for w in warnings)
    people = [[np.column_stack([p, np.ones(17)])] for p in front]
    assert read_detections(files.results(tmp_path, people)).warnings == ()


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_images(degrees, tmp_path):
    """Turn the image of a walk by the rest of a full turn, as a wrong player would."""
    walk, (width, height) = detected_walk("coco17"), (1000, 600)
    x, y = walk[..., 0], walk[..., 1]
    turned = {
        90: np.stack([y, width - x], axis=-1),
        180: np.stack([width - x, height - y], axis=-1),
        270: np.stack([height - y, x], axis=-1),
    }[degrees]
    size = (width, height) if degrees == 180 else (height, width)
    np.save(tmp_path / "turned.npy", turned)
    path = tmp_path / "turned.npy"
    [warning] = read_detections(path, size=size).warnings
    assert warning.endswith(f"give `rotation` {degrees}")
    assert ("y points up" in warning) == (degrees == 180)
    assert ("y before x" in warning) == (degrees == 90)
    detections = read_detections(path, size=size, rotation=degrees)
    np.testing.assert_allclose(detections.keypoints, walk, atol=1e-9)
    assert (detections.size, detections.warnings) == ((width, height), ())


def test_someone_on_the_hands_is_in_no_turned_image(tmp_path):
    """The body is level, as in a turned image, but the arms hang down from the shoulders."""
    walk = detected_walk("coco17")
    push_up = np.stack([walk[..., 1], 1000 - walk[..., 0]], axis=-1)
    arm = 0.6 * np.linalg.norm(push_up[:, 5:7] - push_up[:, 11:13], axis=2)
    for joints, share in (([7, 8], 1), ([9, 10], 2)):
        push_up[:, joints] = push_up[:, 5:7]
        push_up[:, joints, 1] += share * arm
    np.save(tmp_path / "push_up.npy", push_up)
    assert read_detections(tmp_path / "push_up.npy", size=(1000, 1600)).warnings == ()
    np.save(tmp_path / "push_up.npy", push_up * [1, -1] + [0, 1600])  # now they point upwards
    [warning] = read_detections(tmp_path / "push_up.npy", size=(1000, 1600)).warnings
    assert warning.endswith("give `rotation` 90")


# Who is who


def test_one_number_for_everyone_is_no_number(tmp_path):
    path = files.alphapose(tmp_path, film(people=2), [[[0.0], [0.0]]] * 24)
    detections = read_detections(path)
    check(detections, people=2)
    assert detections.ids is None
    assert "number 0 at once" in detections.notes[0]


def test_a_number_twice_for_one_person_is_a_number(tmp_path):
    frames = [[*people, *(person + [3, 2, 0] for person in people)] for people in film()]
    detections = read_detections(files.alphapose(tmp_path, frames, [[7, 7]] * 24))
    assert set(detections.ids) == {7}
    assert len(track_people(detections)) == 1


def test_merged_numbers(tmp_path):
    path = files.alphapose(tmp_path, film(people=2), [[[[1.0], [1.0]], [2.0]]] * 24)
    assert set(read_detections(path).ids) == {1, 2}


# Which image is which frame


def clock(i: int) -> str:
    """The name of an image every 33 ms, across a minute."""
    ms = 59_400 + 33 * i
    return f"cam_2024-05-06_10-{20 + ms // 60_000}-{ms // 1000 % 60:02d}.{ms % 1000:03d}.png"


def digital(i: int) -> str:
    """The time every 33 ms, HHMMSSmmm, across an hour."""
    ms = (10 * 3600 - 1) * 1000 + 33 * i
    return f"{ms // 3_600_000:02d}{ms // 60_000 % 60:02d}{ms // 1000 % 60:02d}{ms % 1000:03d}"


@pytest.mark.parametrize(
    "name, fps, rate",
    [
        (clock, 30.3, ""),
        (lambda i: f"{1_588_888_888_123 + round(i * 100 / 3)}.jpg", None, "if they are milli"),
        (lambda i: round(i * 1000 / 60), None, "if they are milliseconds"),
        (lambda i: f"frame_{40 * i:06d}.png", None, ": 25 frames per second if they are milli"),
        (lambda i: f"{i / 30:.3f}.jpg", 30.0, ""),
        (lambda i: f"{i / 30}.jpg", 30.0, ""),
        (lambda i: f"tc_00-00-{i // 25:02d}-{i % 25:02d}.jpg", 25.0, ""),
        (lambda i: f"{1403636579763555584 + 50_000_000 * i}.png", None, ""),
        (lambda i: f"cam_{digital(i)}.png", 30.3, ""),
        (lambda i: int(digital(i)), 30.3, ""),
        (lambda i: f"20240506{digital(i)}.jpg", 30.3, ""),
        (lambda i: f"{digital(i)[:6]}_{digital(i)[6:]}.jpg", 30.3, ""),
        (lambda i: f"{digital(i)}250.jpg", 30.3, ""),
    ],
)
def test_images_by_times(name, fps, rate):
    """Two images are missing in the middle; images come in any order."""
    frames = [i for i in range(60) if i not in (30, 31)]
    images = [name(i) for i in np.random.default_rng(0).permutation(frames).tolist()]
    found = frames_of_images(images)
    assert [found.frames[name(i)] for i in frames] == frames
    assert found.n_frames == 60
    assert found.fps == (fps and pytest.approx(fps, rel=2e-3))
    [note] = found.notes
    assert note.startswith("the names of the images are times")
    assert rate in note


def test_the_rate_of_a_file_goes_before_that_of_its_images():
    instances = [Instance(clock(i), np.ones((17, 3))) for i in range(60)]
    assert collect(instances, (), "file").fps == pytest.approx(30.3, rel=2e-3)
    assert collect(instances, (), "file", fps=None).fps == pytest.approx(30.3, rel=2e-3)
    assert collect(instances, (), "file", fps=25.0).fps == 25.0


@pytest.mark.parametrize(
    "numbers",
    [
        [5 * i for i in range(30)],
        [10 * i for i in range(30)],
        np.cumsum(np.random.default_rng(0).integers(1, 60, 50)).tolist(),
        np.cumsum(np.random.default_rng(0).choice([1, 1, 1, 2, 3], 50)).tolist(),
        range(59_950, 60_050),
        [*range(58_000, 60_000), *range(100_000, 102_000)],
        [*range(50), *range(5_050, 5_100)],
    ],
)
def test_numbers_of_frames_are_no_times(numbers):
    found = frames_of_images(numbers)
    assert len({number - found.frames[number] for number in numbers}) == 1
    assert not any("times" in note for note in found.notes)


def test_photographs_follow_each_other():
    numbers = np.random.default_rng(0).choice(500_000, 40, replace=False).tolist()
    found = frames_of_images(numbers)
    assert [found.frames[number] for number in sorted(numbers)] == list(range(40))
    assert found.n_frames == 40
    assert "no frame numbers" in found.notes[0]


def test_parts_of_a_film_are_no_clock():
    images = [f"part{i // 50}_frame{i % 50:03d}.jpg" for i in range(100)]
    found = frames_of_images(images)
    assert ([found.frames[image] for image in images], found.n_frames) == (list(range(100)), 100)
    assert "2 names, 'part0_frame' to 'part1_frame', have the same numbers" in found.notes[0]


# Several films in a file


def test_films_of_videopose3d(tmp_path):
    walk = detected_walk("coco17")[..., :2]
    positions = {f"film{i}.mp4": {"custom": [walk + 100 * i]} for i in range(2)}
    np.savez(tmp_path / "films.npz", positions_2d=np.array(positions))
    with pytest.raises(DataError, match=r"2 films: 'film0.mp4/custom/0', .*`film` NAME"):
        read_detections(tmp_path / "films.npz")
    for name in ("film1", "film1.mp4/custom/0"):
        detections = read_detections(tmp_path / "films.npz", film=name)
        np.testing.assert_array_equal(detections.keypoints[..., :2], walk + 100)
    with pytest.raises(SpecError, match="no film 'x': it has 'film0"):
        read_detections(tmp_path / "films.npz", film="x")
    with pytest.raises(SpecError, match="several films 'custom': it has 'film0"):
        read_detections(tmp_path / "films.npz", film="custom")


def test_all_films_of_a_file(tmp_path):
    """A film that shows nobody has the reason in place of its people."""
    walk = detected_walk("coco17")[..., :2]
    positions = {
        f"film{i}": {"custom": [film]} for i, film in enumerate((walk, 0 * walk, walk + 100))
    }
    np.savez(tmp_path / "films.npz", positions_2d=np.array(positions))
    first, nobody, last = read_films(tmp_path / "films.npz", film=ALL_FILMS).values()
    np.testing.assert_array_equal(first.keypoints[..., :2], walk)
    np.testing.assert_array_equal(last.keypoints[..., :2], walk + 100)
    assert "no person" in str(nobody)
    with pytest.raises(DataError, match="no person"):
        read_films(tmp_path / "films.npz", film="film1")
    np.save(tmp_path / "film.npy", walk)
    assert list(read_films(tmp_path / "film.npy", film=ALL_FILMS)) == [""]
    with pytest.raises(SpecError, match="one film without a name"):
        read_films(tmp_path / "film.npy", film="film0")


def test_labels_of_films_differ():
    labels = film_labels(["film.mp4/custom/0", "a b", "a/b", "танец", "舞蹈", "…", "?"])
    assert list(labels.values()) == [
        "film_mp4_custom_0",
        "a_b_1",
        "a_b_2",
        "танец",
        "舞蹈",
        "5",
        "6",
    ]
    labels = film_labels(["a b", "a_b", "a_b_0", "a-b"])
    assert len(set(labels.values())) == 4
    assert labels["a_b_0"] == "a_b_0"
    assert film_labels([""]) == {"": ""}


@pytest.mark.parametrize("kind", ["video_id", "vid_id", "folders"])
def test_films_of_coco(kind, tmp_path):
    walk = detected_walk("coco17")
    images, people = [], []
    for film_number in range(2):
        for i in range(len(walk)):
            number = 100 * film_number + i
            folder = f"film{film_number}/" if kind == "folders" else ""
            image = {"id": number, "file_name": f"{folder}{i:06d}.jpg"}
            images.append(image | ({kind: film_number} if kind != "folders" else {}))
            points = (walk[i] + [50 * film_number, 0, 1]).ravel().tolist()
            people.append({"image_id": number, "keypoints": points})
    videos = [{"id": i, "name": f"film{i}"} for i in range(2)]
    content = {"images": images, "annotations": people, "videos": videos}
    path = files.dump(tmp_path / "films.json", content)
    with pytest.raises(DataError, match="2 films: 'film0', 'film1'; choose one with `film` NAME"):
        read_detections(path)
    films = read_films(path, film=ALL_FILMS)
    assert list(films) == ["film0", "film1"]
    for i, detections in enumerate((films["film0"], read_detections(path, film="film1"))):
        assert detections.n_frames == len(walk)
        np.testing.assert_array_equal(detections.keypoints[..., :2], walk[..., :2] + [50 * i, 0])


def test_folders_of_several_cameras(tmp_path):
    (tmp_path / "pose").mkdir()
    files.pose2sim(tmp_path / "pose", film())
    with pytest.raises(DataError, match="but the folders cam01_json: give one"):
        read_detections(tmp_path / "pose")


def test_a_folder_with_the_file_of_a_film(tmp_path):
    (tmp_path / "out").mkdir()
    files.mmpose(tmp_path / "out", film())
    check(read_detections(tmp_path / "out"))


def test_a_refusal_says_what_is_read(tmp_path):
    path = files.dump(tmp_path / "a.json", {"a": 1})
    with pytest.raises(DataError, match=r"openpose, coco, .*array, .*: it holds .*17, .* or 136"):
        read_detections(path)


def test_layouts_keep_the_columns_of_their_files():
    for layout in LAYOUTS:
        assert layout_of(layout.skeleton) is layout
        assert len(layout.columns) == layout.skeleton.n_joints <= layout.n_keypoints
