import numpy as np
import pytest

from computed_people.detector import DetectorErrors, detect, hand_held_camera, keypoint_positions
from human_pose_util.errors import SpecError
from human_pose_util.registry import get_converter, get_skeleton
from human_pose_util.skeleton import BODY_25, COCO_17, COCO_18, H36M_17, S14, S24, Skeleton
from human_pose_util.skeleton.keypoints import FACE, LAYOUTS
from human_pose_util.skeleton.mapping import keypoint_mapping
from lifting.input.keypoint_input import valid_keypoints


def points(rng, skeleton, n=3):
    return rng.normal(size=(n, skeleton.n_joints, 3))


@pytest.mark.parametrize("keypoints", [COCO_17, COCO_18, BODY_25])
def test_orders_are_those_of_the_files(keypoints):
    order = {
        "coco17": {0: "nose", 5: "l_shoulder", 10: "r_wrist", 11: "l_hip", 16: "r_ankle"},
        "coco18": {1: "neck", 2: "r_shoulder", 8: "r_hip", 13: "l_ankle", 14: "r_eye"},
        "body25": {8: "mid_hip", 11: "r_ankle", 15: "r_eye", 19: "l_big_toe", 24: "r_heel"},
    }[keypoints.id]
    assert {i: keypoints.joints[i] for i in order} == order
    assert get_skeleton(keypoints.id) is keypoints
    assert sum(p is None for _, p in keypoints.links) == 1


@pytest.mark.parametrize("skeleton", ["s24", "s20", "s16", "s14", "h36m-17", "mpi17"])
@pytest.mark.parametrize("keypoints", [COCO_17, COCO_18, BODY_25])
def test_what_is_seen_of_a_skeleton_is_what_its_joints_show(skeleton, keypoints):
    """Project joints, take keypoints of them by their meaning, and get the projections back."""
    skeleton = get_skeleton(skeleton)
    if skeleton.id == "s20":
        with pytest.raises(SpecError, match="too few joints"):
            keypoint_mapping(skeleton, keypoints)
        return
    mapping = keypoint_mapping(skeleton, keypoints)
    rng = np.random.default_rng(0)
    p = points(rng, skeleton)
    given = np.full((3, keypoints.n_joints, 3), np.nan)
    given[..., 2] = 1.0
    for name in set(skeleton.joints) & set(keypoints.joints) - {"neck", "nose"}:
        given[:, keypoints.joint_index(name), :2] = p[:, skeleton.joint_index(name), :2]
    shoulders = [skeleton.joint_index("l_shoulder"), skeleton.joint_index("r_shoulder")]
    if "neck" in keypoints.joints:
        given[:, keypoints.joint_index("neck"), :2] = p[:, shoulders, :2].mean(axis=1)
    p2, weights = mapping.observe(given)
    converted = mapping.converter.convert(p)[..., :2]
    visible = weights > 0
    assert visible.sum() >= 3 * 12
    np.testing.assert_allclose(p2[visible], converted[visible])
    assert np.isnan(p2[~visible]).all()


def test_toes_hips_and_face_of_body25():
    mapping = keypoint_mapping(S24, BODY_25)
    target = mapping.converter.target
    assert mapping.columns[S24.joint_index("l_toes")] == BODY_25.joint_index("l_big_toe")
    hips = mapping.converter.indices[target.joint_index("mid_hip (keypoint)")]
    assert {S24.joints[i] for i in hips} == {"l_hip", "r_hip"}
    for name in FACE:
        row = target.joint_index(f"{name} (keypoint)")
        assert mapping.trust[row] < 0.5
        assert {S24.joints[i] for i in mapping.converter.indices[row]} == {
            "head-back",
            "head-center",
        }


@pytest.mark.parametrize(
    "skeleton, places",
    [
        ("blazepose33", {"l_toes": 31, "r_toes": 32, "l_thumb": 21, "r_little": 18, "l_ankle": 27}),
        ("wholebody133", {"l_toes": 17, "r_toes": 20, "l_thumb": 93, "r_little": 129}),
        ("halpe136", {"l_toes": 20, "r_toes": 21, "l_thumb": 96, "r_little": 132}),
        ("halpe26", {"l_toes": 20, "r_toes": 21, "r_ankle": 16}),
        ("body25b", {"l_toes": 19, "r_toes": 22, "r_ankle": 16}),
    ],
)
def test_toes_and_hands_are_observed(skeleton, places):
    """A detector's file has its keypoint of a joint of s24 in this place."""
    layout = next(layout for layout in LAYOUTS if layout.skeleton.id == skeleton)
    in_file = np.arange(2.0 * layout.n_keypoints).reshape(1, -1, 2) + 1
    kept = valid_keypoints(in_file, layout.skeleton, (1000, 1000))
    mapping = keypoint_mapping(S24, layout.skeleton)
    p2, weights = mapping.observe(kept)
    for joint, place in places.items():
        j = S24.joint_index(joint)
        np.testing.assert_array_equal(p2[0, j], in_file[0, place])
        is_hand = joint[2:] in ("thumb", "little")
        assert weights[0, j] < 0.5 if is_hand else weights[0, j] == 1
    target = mapping.converter.target
    assert not any("heel" in joint for joint in target.joints)


def test_a_registered_converter_says_which_joints_are_which():
    mapping = keypoint_mapping(S24, H36M_17, get_converter("s24", "h36m-17"))
    assert mapping.columns[S24.joint_index("head-center")] == H36M_17.joint_index("nose")
    assert mapping.columns[S24.joint_index("neck")] == H36M_17.joint_index("thorax")
    assert mapping.observed.sum() == 16


def test_a_skeleton_sees_itself_whole():
    mapping = keypoint_mapping(S14, S14)
    assert mapping.observed.all()
    p2, weights = mapping.observe(np.ones((1, 14, 3)))
    assert p2.shape == (1, 14, 2)
    assert (weights == 1).all()


def test_missing_keypoints_stay_missing():
    given = np.ones((2, 17, 3))
    given[0, COCO_17.joint_index("l_knee"), 2] = 0
    given[1, COCO_17.joint_index("l_knee"), 0] = np.nan
    p2, weights = keypoint_mapping(S24, COCO_17).observe(given)
    assert (weights[:, S24.joint_index("l_knee")] == 0).all()
    assert np.isnan(p2[:, S24.joint_index("l_knee")]).all()
    assert (weights[:, S24.joint_index("r_knee")] == 1).all()


def test_too_few_joints_in_common():
    stick = Skeleton("stick", (("l_hip", None), ("r_hip", None)))
    with pytest.raises(SpecError, match="too few joints in common"):
        keypoint_mapping(S24, stick)


def walk(n=60):
    rng = np.random.default_rng(1)
    pose = np.abs(rng.normal(900, 300, (24, 3)))
    return pose + np.linspace(0, 500, n)[:, None, None] * [1, 0, 0]


def test_a_hand_held_camera_keeps_the_person_in_the_picture():
    p3w = walk()
    camera = hand_held_camera(p3w, 30, np.random.default_rng(0), f=1500)
    np.testing.assert_allclose(
        camera.r @ camera.r.swapaxes(1, 2), np.tile(np.eye(3), (60, 1, 1)), atol=1e-9
    )
    middle = camera.project_world(p3w).mean(axis=1)
    assert (np.abs(middle - [960, 540]) < 300).all()
    assert np.linalg.norm(np.diff(camera.t, axis=0), axis=1).min() > 0  # it moves
    again = hand_held_camera(p3w, 30, np.random.default_rng(0), f=1500)
    np.testing.assert_array_equal(camera.t, again.t)


def test_keypoints_of_a_face_look_ahead():
    p3w = np.zeros((1, 24, 3))
    p3w[0, S24.joint_index("l_shoulder")] = [200, 0, 1400]
    p3w[0, S24.joint_index("r_shoulder")] = [-200, 0, 1400]
    p3w[0, S24.joint_index("head-back")] = p3w[0, S24.joint_index("head-center")] = [0, 0, 1600]
    p3w[0, S24.joint_index("l_toes")], p3w[0, S24.joint_index("l_ankle")] = (
        [100, -200, 0],
        [100, 0, 80],
    )
    k = keypoint_positions(p3w, BODY_25)[0]
    nose, left, right = (k[BODY_25.joint_index(j)] for j in ("nose", "l_eye", "r_eye"))
    np.testing.assert_allclose(nose, [0, -100, 1590])  # left is +x, so ahead is −y
    assert left[0] > 0 > right[0]
    assert k[BODY_25.joint_index("l_heel")][1] > 0  # behind the ankle
    np.testing.assert_allclose(k[BODY_25.joint_index("neck")], [0, 0, 1400])


def test_errors_of_a_detector_are_as_many_as_asked_for():
    rng = np.random.default_rng(0)
    p2 = np.cumsum(np.ones((4000, 17, 2)), axis=1) * 50
    detections = detect(p2, COCO_17, DetectorErrors(noise=4.0, missing=0.2, exchanged=0.05), rng)
    missing = np.isnan(detections[..., 0])
    assert abs(missing.mean() - 0.2) < 0.01
    assert (detections[..., 2][missing] == 0).all()
    away = detections[..., :2] - p2
    swapped = np.nan_to_num(np.abs(away[:, 11:])).max(axis=(1, 2)) > 30
    assert abs(swapped.mean() - 0.05) < 0.015
    assert abs(np.nanstd(away[~swapped]) - 4) < 0.1
    assert np.nanmax(np.abs(away[:, :5])) < 30  # faces are not swapped
    perfect = detect(p2, COCO_17, DetectorErrors(0, 0, 0), rng)
    np.testing.assert_array_equal(perfect[..., :2], p2)


def test_a_frame_that_repeats_the_one_before_shows_nothing():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0, 900, (10, 17, 2)), rng.uniform(0.1, 1, (10, 17, 1))], 2)
    points[4:6] = points[3]
    points[8, 0] = points[7, 0]  # one keypoint that stays proves nothing
    found = valid_keypoints(points, COCO_17, (1000, 1000))
    assert np.isnan(found[4:6, :, :2]).all()
    assert not found[4:6, :, 2].any()
    others = [0, 1, 2, 3, 6, 7, 8, 9]
    np.testing.assert_array_equal(found[others], points[others])


def test_a_frame_that_repeats_the_places_of_the_one_before_shows_nothing():
    """Confidences go on, as where a program makes them up; some keypoints are not detected."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0, 900, (40, 17, 2)), rng.uniform(0.1, 1, (40, 17, 1))], 2)
    points[10:25, :, :2] = points[9, :, :2]
    points[5:20, 3] = [np.nan, np.nan, 0.0]
    points[20:25, 3, 0] = np.nan
    found = valid_keypoints(points, COCO_17, (1000, 1000))
    assert np.isnan(found[10:25, :, :2]).all()
    assert not found[10:25, :, 2].any()
    np.testing.assert_array_equal(
        np.delete(found, range(10, 25), 0), np.delete(points, range(10, 25), 0)
    )


@pytest.mark.parametrize("unit", [1.0, 0.5, 3.7])
def test_someone_who_stands_still_before_a_detector_that_rounds_is_seen(unit):
    """To whole pixels, or to cells of a heat map: now and then, all keypoints stay where they are.

    Places and confidences that are repeated together show nothing all the same.
    """
    rng = np.random.default_rng(0)
    still = rng.uniform(100, 900, (17, 2)) + rng.normal(0, 0.05 * unit, (60, 17, 2))
    points = np.concatenate([unit * np.round(still / unit), rng.uniform(0.5, 1, (60, 17, 1))], 2)
    rests = (points[1:, :, :2] == points[:-1, :, :2]).all(axis=2)
    assert rests.all(axis=1).any()
    np.testing.assert_array_equal(valid_keypoints(points, COCO_17, (1000, 1000)), points)
    points[30:40] = points[30]
    found = valid_keypoints(points, COCO_17, (1000, 1000))
    np.testing.assert_array_equal(
        np.isnan(found[..., 0]).all(axis=1), np.isin(range(60), range(31, 40))
    )


def test_some_keypoints_may_rest():
    """A detector that fills a keypoint in, or smooths it until it rests, shows the others."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0, 900, (40, 17, 2)), rng.uniform(0.1, 1, (40, 17, 1))], 2)
    points[10:25, :16, :2] = points[9, :16, :2]
    np.testing.assert_array_equal(valid_keypoints(points, COCO_17, (1000, 1000)), points)


def test_masked_numbers_are_not_seen():
    points = np.random.default_rng(0).uniform(0, 900, (6, 17, 2))
    mask = np.zeros(points.shape, dtype=bool)
    mask[2, 5, 0] = mask[4, 7] = True
    found = valid_keypoints(np.ma.array(points, mask=mask), COCO_17, (1000, 1000))
    np.testing.assert_array_equal(np.isnan(found[..., 0]), mask.any(axis=2))
    np.testing.assert_array_equal(found[..., 2] > 0, ~mask.any(axis=2))


@pytest.mark.parametrize("placeholder", [(0.0, 0.0), (-1.0, -1.0)])
@pytest.mark.parametrize("n_values", [2, 3])
def test_keypoints_where_programs_put_those_they_do_not_find_are_not_seen(placeholder, n_values):
    """Some programs keep the confidence of such a keypoint. One with an x of 0 alone is seen."""
    points = np.random.default_rng(0).uniform(0.1, 0.9, (6, 17, 3)) * [900, 900, 1]
    points = points[..., :n_values]
    points[2, 5, :2] = points[4, 7, :2] = placeholder
    points[3, 3, 0] = 0.0
    found = valid_keypoints(points, COCO_17, (1000, 1000))
    is_missing = (points[..., :2] == placeholder).all(axis=2)
    np.testing.assert_array_equal(np.isnan(found[..., 0]), is_missing)
    np.testing.assert_array_equal(found[..., 2] > 0, ~is_missing)


@pytest.mark.parametrize("times", [2, 5, 12])
def test_a_slow_film_that_is_stored_with_more_frames_shows_each_image_once(times):
    slow = np.random.default_rng(0).uniform(1, 900, (20, 17, 2))
    found = valid_keypoints(np.repeat(slow, times, axis=0), COCO_17, (1000, 1000))
    np.testing.assert_array_equal(np.isfinite(found[:, 0, 0]), np.arange(20 * times) % times == 0)


def test_a_picture_may_be_shown_for_long():
    points = np.tile(np.random.default_rng(0).uniform(0, 900, (17, 2)), (10, 1, 1))
    found = valid_keypoints(points, COCO_17, (1000, 1000))
    np.testing.assert_array_equal(found[..., :2], points)
