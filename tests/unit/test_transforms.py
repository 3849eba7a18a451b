"""Geometry against SciPy, formulas written out, and TensorFlow against NumPy."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from human_pose_util import transforms as tr
from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from inference.model.observe import observe

ORDERS = ["".join(p) for p in itertools.permutations("xyz")]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def random_rotations(rng, *shape):
    return (
        Rotation.from_quat(rng.normal(size=(np.prod(shape), 4))).as_matrix().reshape(*shape, 3, 3)
    )


@pytest.mark.parametrize("axis", [0, 1, 2, "x", "y", "z"])
def test_rotation_about_is_scipys(axis, rng):
    angles = rng.uniform(-7, 7, size=(2, 5))
    letter = axis if isinstance(axis, str) else "xyz"[axis]
    expected = Rotation.from_euler(letter, angles.reshape(-1, 1)).as_matrix().reshape(2, 5, 3, 3)
    np.testing.assert_allclose(tr.rotation_about(angles, axis), expected, atol=1e-15)


def test_a_quarter_turn_about_z_takes_x_to_y():
    turned = tr.rotate_about(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]), np.pi / 2, "z")
    np.testing.assert_allclose(turned, [[0, 1, 0], [-1, 0, 0], [0, 0, 1]], atol=1e-15)


def test_vectors_of_length_0_stay():
    found = tr.unit_or_zero(np.array([[[3.0, 4.0], [0.0, 0.0]]]))
    np.testing.assert_allclose(found, [[[0.6, 0.8], [0.0, 0.0]]])


def test_rotate_broadcasts_leading_dimensions(rng):
    p, r = rng.normal(size=(4, 1, 6, 3)), random_rotations(rng, 5)
    turned = tr.rotate(p, r)
    assert turned.shape == (4, 5, 6, 3)
    np.testing.assert_allclose(turned[2, 3, 1], r[3] @ p[2, 0, 1], atol=1e-14)
    angles = rng.normal(size=(4, 1))
    np.testing.assert_allclose(
        tr.rotate_about(p, angles, "y"), tr.rotate(p, tr.rotation_about(angles, "y"))
    )


@pytest.mark.parametrize("order", [*ORDERS, "zxz", "yxy", "XYZ"])
def test_euler_angles_turn_about_moving_axes(order, rng):
    angles = rng.uniform(-np.pi, np.pi, size=(3, 4, 3))
    expected = Rotation.from_euler(order.upper(), angles.reshape(-1, 3)).as_matrix()
    np.testing.assert_allclose(
        tr.euler_to_matrix(angles, order), expected.reshape(3, 4, 3, 3), atol=1e-14
    )


@pytest.mark.parametrize("order", ORDERS)
def test_matrix_to_euler_is_the_inverse(order, rng):
    angles = rng.uniform(-1, 1, size=(50, 3)) * [np.pi, np.pi / 2 - 0.01, np.pi]
    found = tr.matrix_to_euler(tr.euler_to_matrix(angles, order), order)
    np.testing.assert_allclose(found, angles, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sign", [-1, 1])
def test_matrix_to_euler_in_gimbal_lock(order, sign):
    r = tr.euler_to_matrix([0.3, sign * np.pi / 2, -1.1], order)
    angles = tr.matrix_to_euler(r, order)
    assert angles[2] == 0
    np.testing.assert_allclose(tr.euler_to_matrix(angles, order), r, atol=1e-12)


@pytest.mark.parametrize("size", [0, 1e-12, 1e-6, 0.999e-3, 1.001e-3, 0.1, 3, np.pi, 20])
def test_vector_to_matrix_is_scipys_at_every_angle(size, rng):
    axes = rng.normal(size=(8, 3))
    v = size * axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    expected = Rotation.from_rotvec(v).as_matrix()
    np.testing.assert_allclose(tr.vector_to_matrix(v), expected, atol=1e-14)


def test_matrix_to_vector_is_the_inverse(rng):
    v = rng.normal(size=(4, 25, 3))
    v *= np.pi * rng.uniform(0, 1, size=(4, 25, 1)) / np.linalg.norm(v, axis=-1, keepdims=True)
    np.testing.assert_allclose(tr.matrix_to_vector(tr.vector_to_matrix(v)), v, atol=1e-8)
    half_turn = np.diag([1.0, -1, -1])
    np.testing.assert_allclose(np.abs(tr.matrix_to_vector(half_turn)), [np.pi, 0, 0], atol=1e-12)


P, T = np.ones((4, 3)), np.zeros(3)
TAKE_A_ROTATION = {
    "rotate": lambda r: tr.rotate(P, r),
    "transform_frame": lambda r: tr.transform_frame(P, r, T),
    "inverse_transform_frame": lambda r: tr.inverse_transform_frame(P, r, T),
    "camera_centre": lambda r: tr.camera_centre(r, T),
    "Similarity": lambda r: tr.Similarity(1.0, r, T).apply(P),
    "matrix_to_vector": tr.matrix_to_vector,
    "matrix_to_euler": lambda r: tr.matrix_to_euler(r, "zyx"),
    "Camera": lambda r: Camera(r, T, np.ones(2), np.ones(2)),
    "observe": lambda r: observe(P[None, :, :2], Camera(r, T, np.ones(2), np.ones(2)), dt=1.0),
}


@pytest.mark.parametrize("name", TAKE_A_ROTATION)
@pytest.mark.parametrize("r", [[0.1, 0.2, 0.3], np.zeros((5, 3)), np.eye(4)], ids=np.shape)
def test_three_numbers_are_no_rotation(name, r):
    """The error names the two functions that make a matrix of them."""
    with pytest.raises(DataError, match=r"vector_to_matrix.*euler_to_matrix"):
        TAKE_A_ROTATION[name](np.array(r))
    TAKE_A_ROTATION[name](np.eye(3))


def test_the_advice_reads_the_originals_angles_right():
    """There, (a, b, c) turn about the fixed axes x, y and z, one after another ("sxyz")."""
    r = np.array([0.3, -1.2, 2.5])
    about = [
        Rotation.from_euler(axis, angle).as_matrix() for axis, angle in zip("xyz", r, strict=True)
    ]
    expected = about[2] @ about[1] @ about[0]
    np.testing.assert_allclose(tr.euler_to_matrix(r[..., ::-1], "zyx"), expected, atol=1e-14)


def test_cross_matrix_is_the_cross_product(rng):
    v, w = rng.normal(size=(2, 7, 3))
    np.testing.assert_allclose(
        np.einsum("nij,nj->ni", tr.cross_matrix(v), w), np.cross(v, w), atol=1e-14
    )


def test_camera_by_hand():
    """A camera 5 m along −y at 1 m height that looks along +y: x right, z up becomes −y."""
    r, t = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), np.array([0, 1.0, 5])
    np.testing.assert_allclose(tr.camera_centre(r, t), [0, -5, 1])
    p3c = tr.transform_frame(np.array([[0.5, 0, 1], [0, 1, 3]]), r, t)
    np.testing.assert_allclose(p3c, [[0.5, 0, 5], [0, -2, 6]])
    p2 = tr.project(p3c, [1000, 900], [512, 500])
    np.testing.assert_allclose(p2, [[612, 500], [512, 200]])


def test_frames_and_images_round_trip(rng):
    p, r, t = rng.normal(size=(6, 5, 3)), random_rotations(rng, 6), rng.normal(size=(6, 3))
    p3c = tr.transform_frame(p, r, t)
    for i in range(6):
        np.testing.assert_allclose(p3c[i], Rotation.from_matrix(r[i]).apply(p[i]) + t[i])
    np.testing.assert_allclose(tr.inverse_transform_frame(p3c, r, t), p, atol=1e-14)
    np.testing.assert_allclose(
        tr.transform_frame(tr.camera_centre(r, t)[:, None], r, t), 0, atol=1e-14
    )
    p3c[..., 2] = np.abs(p3c[..., 2]) + 1
    f, c = rng.uniform(1, 2, size=(2, 6, 2))
    p2 = tr.project(p3c, f, c)
    xy = (p2 - c[:, None]) / f[:, None] * p3c[..., 2:]
    np.testing.assert_allclose(xy, p3c[..., :2], atol=1e-13)


def test_a_moving_camera_as_one_value(rng):
    camera = Camera(
        r=random_rotations(rng, 4),
        t=rng.normal(size=(4, 3)) + [0, 0, 9],
        f=rng.uniform(1000, 1200, size=(4, 2)),
        c=rng.uniform(500, 520, size=(4, 2)),
    )
    p3w = rng.normal(size=(4, 6, 3))
    p3c = camera.to_camera(p3w)
    np.testing.assert_allclose(camera.to_world(p3c), p3w, atol=1e-14)
    np.testing.assert_allclose(camera.project_world(p3w), camera.project(p3c))
    np.testing.assert_allclose(camera.to_camera(camera.position[:, None]), 0, atol=1e-14)
    part = slice(1, 3)
    np.testing.assert_array_equal(camera.at(part).project(p3c[part]), camera.project(p3c)[part])
    assert camera.at(0).size == tuple(2 * camera.c[0])
    # A camera that stands for two frames, and then two frames of the one that moves.
    together = Camera.concatenated([camera.at(0).over_frames(2), camera.at(slice(2, 4))])
    for rows, own in ((0, 0), (1, 0), (2, 2), (3, 3)):
        seen = together.at(rows).project_world(p3w[rows])
        np.testing.assert_array_equal(seen, camera.at(own).project_world(p3w[rows]))
    assert camera.over_frames(4) is camera
    assert Camera(camera.r, camera.t, camera.f, camera.c, (640, 480)).size == (640.0, 480.0)


POINTS = np.random.default_rng(1).normal(size=(4, 5, 3)) + [0, 0, 5]
VECTORS = np.random.default_rng(2).normal(size=(4, 3))
MATRICES = Rotation.from_rotvec(VECTORS).as_matrix()
PAIRS = np.random.default_rng(3).uniform(1, 2, size=(4, 2))
ON_BOTH = {
    "rotation_about": (lambda a: tr.rotation_about(a, "y"), VECTORS),
    "rotate": (tr.rotate, POINTS, MATRICES),
    "rotate_about": (lambda p, a: tr.rotate_about(p, a, 0), POINTS, VECTORS[:, 0]),
    "euler_to_matrix": (lambda a: tr.euler_to_matrix(a, "zxy"), VECTORS),
    "vector_to_matrix": (tr.vector_to_matrix, VECTORS),
    "small vectors": (tr.vector_to_matrix, 1e-5 * VECTORS),
    "cross_matrix": (tr.cross_matrix, VECTORS),
    "transform_frame": (tr.transform_frame, POINTS, MATRICES, VECTORS),
    "inverse_transform_frame": (tr.inverse_transform_frame, POINTS, MATRICES, VECTORS),
    "project": (tr.project, POINTS, PAIRS, PAIRS),
}


@pytest.mark.parametrize("name", ON_BOTH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tensors_and_arrays_give_the_same(name, dtype):
    function, *inputs = ON_BOTH[name]
    inputs = [x.astype(dtype) for x in inputs]
    array, tensor = function(*inputs), function(*map(tf.constant, inputs))
    assert isinstance(array, np.ndarray)
    assert tf.is_tensor(tensor)
    assert array.dtype == tensor.dtype.as_numpy_dtype == dtype
    np.testing.assert_allclose(tensor, array, atol=1e-6 if dtype == np.float32 else 1e-14)


def test_vector_to_matrix_can_be_differentiated_at_zero():
    """There d(R·p)/dv = −[p]×, and second derivatives are finite too."""
    v, p = tf.Variable(tf.zeros(3, tf.float64)), np.array([0.3, -1.2, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            turned = tr.rotate(p[None], tr.vector_to_matrix(v))[0]
        jacobian = tape.jacobian(turned, v)
    np.testing.assert_allclose(jacobian, -tr.cross_matrix(p), atol=1e-15)
    assert np.isfinite(outer.jacobian(jacobian, v)).all()


@pytest.mark.parametrize("size", [1e-9, 0.9e-3, 1.1e-3, 1.0])
def test_derivative_of_vector_to_matrix_is_that_of_finite_differences(size):
    direction = np.array([0.6, 0.0, -0.8])
    v = tf.Variable(size * direction)
    with tf.GradientTape() as tape:
        r = tr.vector_to_matrix(v)
    derivative = tape.jacobian(r, v).numpy()
    h = 1e-6
    for i, step in enumerate(h * np.eye(3)):
        ahead, behind = (Rotation.from_rotvec(v.numpy() + d).as_matrix() for d in (step, -step))
        np.testing.assert_allclose(derivative[..., i], (ahead - behind) / (2 * h), atol=1e-8)


def test_fit_intrinsics_is_the_least_squares_solution_of_every_camera(rng):
    p3c = rng.normal(size=(3, 40, 3)) + [0, 0, 6]
    p2 = tr.project(p3c, [1145, 1143], [512, 515]) + rng.normal(size=(3, 40, 2))
    f, c = tr.fit_intrinsics(p3c, p2)
    assert f.shape == c.shape == (3, 2)
    for i, axis in np.ndindex(3, 2):
        slopes = p3c[i, :, axis] / p3c[i, :, 2]
        design = np.stack([slopes, np.ones_like(slopes)], axis=-1)
        expected = np.linalg.lstsq(design, p2[i, :, axis], rcond=None)[0]
        np.testing.assert_allclose([f[i, axis], c[i, axis]], expected, rtol=1e-9)


def test_fit_intrinsics_leaves_out_what_is_missing(rng):
    p3c = rng.normal(size=(30, 3)) + [0, 0, 6]
    p2 = tr.project(p3c, [1000, 1100], [500, 510])
    p2[3], p3c[7, 1] = np.nan, np.nan
    f, c = tr.fit_intrinsics(p3c, p2)
    np.testing.assert_allclose([f, c], [[1000, 1100], [500, 510]], rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fit_intrinsics_says_when_points_do_not_determine_them(n):
    on_a_ray = np.arange(1, n + 1)[:, None] * [0.1, 0.2, 1.0]
    with pytest.raises(DataError, match=f"{n} points on one ray"):
        tr.fit_intrinsics(on_a_ray, np.zeros((n, 2)))


def similar(rng, n=20, noise=0.0, batch=()):
    """Points, a similarity, and the points that it makes of them."""
    a, r = rng.normal(size=(*batch, n, 3)), random_rotations(rng, *batch, 1)[..., 0, :, :]
    s, t = rng.uniform(0.5, 3, size=batch), rng.normal(size=(*batch, 3))
    b = np.asarray(s)[..., None, None] * a @ np.swapaxes(r, -1, -2) + t[..., None, :]
    return a, b + noise * rng.normal(size=b.shape), s, r, t


def cost(a, b, s, r, t, weights=1.0):
    squares = np.sum((s * a @ r.T + t - b) ** 2, axis=-1)
    return np.sum(weights * squares)


def test_fit_similarity_finds_an_exact_one(rng):
    a, b, s, r, t = similar(rng, batch=(3, 4))
    found = tr.fit_similarity(a, b)
    for value, expected in zip(found, (s, r, t), strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-12)
    np.testing.assert_allclose(found.apply(a), b, atol=1e-12)


def test_fit_rigid_is_scipys_alignment(rng):
    a, b, *_ = similar(rng, noise=0.3)
    w = rng.uniform(size=20)
    r, t = tr.fit_rigid(a, b, w)
    mean_a, mean_b = (np.average(x, axis=0, weights=w) for x in (a, b))
    expected = Rotation.align_vectors(b - mean_b, a - mean_a, weights=w)[0].as_matrix()
    np.testing.assert_allclose(r, expected, atol=1e-7)
    np.testing.assert_allclose(t, mean_b - r @ mean_a, atol=1e-12)


@pytest.mark.parametrize("reflection", [False, True])
def test_no_similarity_nearby_is_better(rng, reflection):
    a, b, *_ = similar(rng, noise=0.5)
    b = b * [1, 1, -1] if reflection else b
    w = rng.uniform(size=20)
    s, r, t = tr.fit_similarity(a, b, w, reflection=reflection)
    np.testing.assert_allclose(np.linalg.det(r), -1 if reflection else 1)
    best = cost(a, b, s, r, t, w)
    for step in 1e-3 * rng.normal(size=(50, 7)):
        turned = tr.vector_to_matrix(step[:3]) @ r
        assert cost(a, b, s * (1 + step[3]), turned, t + step[4:], w) > best


def test_a_mirrored_figure_fits_only_with_reflection(rng):
    a = rng.normal(size=(14, 3))
    b = a * [-1, 1, 1]
    s, r, t = tr.fit_similarity(a, b, reflection=True)
    assert cost(a, b, s, r, t) < 1e-20
    s, r, t = tr.fit_similarity(a, b)
    np.testing.assert_allclose(np.linalg.det(r), 1)
    assert cost(a, b, s, r, t) > 1


def test_points_with_nan_count_as_if_they_were_left_out(rng):
    a, b, *_ = similar(rng, noise=0.1)
    a_gap, b_gap = a.copy(), b.copy()
    a_gap[2, 0], b_gap[5] = np.nan, np.inf
    left = np.delete(np.arange(20), [2, 5])
    for value, expected in zip(
        tr.fit_similarity(a_gap, b_gap), tr.fit_similarity(a[left], b[left]), strict=True
    ):
        np.testing.assert_allclose(value, expected, atol=1e-12)


def test_weights_are_repetitions(rng):
    a, b, *_ = similar(rng, n=6, noise=0.2)
    times = np.array([0, 1, 2, 3, 1, 1])
    repeated = tr.fit_similarity(np.repeat(a, times, axis=0), np.repeat(b, times, axis=0))
    for scale in (1.0, 1e-6):
        for value, expected in zip(tr.fit_similarity(a, b, scale * times), repeated, strict=True):
            np.testing.assert_allclose(value, expected, atol=1e-12)


def test_a_batch_of_fits_is_every_fit_by_itself(rng):
    a, b, *_ = similar(rng, n=8, noise=0.2, batch=(3, 2))
    a[1, 0] = np.nan
    s, r, t = tr.fit_similarity(a[:, :1], b)
    assert np.isnan(s[1]).all()
    assert np.isnan(r[1]).all()
    assert np.isnan(t[1]).all()
    for i, j in itertools.product((0, 2), (0, 1)):
        single = tr.fit_similarity(a[i, 0], b[i, j])
        for value, expected in zip((s[i, j], r[i, j], t[i, j]), single, strict=True):
            np.testing.assert_allclose(value, expected, atol=1e-12)


def test_points_on_a_line_still_give_a_rotation(rng):
    a = np.linspace(-1, 2, 7)[:, None] * rng.normal(size=3)
    b = 2 * a @ random_rotations(rng, 1)[0].T + [1, 2, 3]
    s, r, t = tr.fit_similarity(a, b)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(r), 1)
    np.testing.assert_allclose(s, 2)
    assert cost(a, b, s, r, t) < 1e-20


def test_one_point_has_a_rigid_motion_but_no_scale():
    a, b = np.array([[1.0, 2, 3]]), np.array([[5.0, 5, 5]])
    r, t = tr.fit_rigid(a, b)
    np.testing.assert_allclose(a @ r.T + t, b)
    assert np.isnan(tr.fit_similarity(a, b)[0])


@pytest.mark.parametrize("weights", [None, [1.0, 0.2, 3.0, 0.0]])
def test_the_best_turn_in_a_plane(weights, rng):
    a = rng.normal(size=(6, 4, 2))
    angle = np.linspace(-3, 3, 6)
    turns = tr.rotation_about(angle, "z")[:, :2, :2]
    b = a @ np.swapaxes(turns, 1, 2)
    given = None if weights is None else np.tile(weights, (6, 1))
    np.testing.assert_allclose(tr.fit_turn(a, b, given), angle)
    b += rng.normal(0, 0.5, b.shape)  # now no turn fits: the best one is found on a grid
    w = np.ones(4) if weights is None else np.array(weights)
    grid = np.linspace(-np.pi, np.pi, 20001)
    turned = np.einsum("gij,npj->gnpi", tr.rotation_about(grid, "z")[:, :2, :2], a)
    best = grid[np.argmin(np.sum(w * np.sum((turned - b) ** 2, axis=3), axis=2), axis=0)]
    np.testing.assert_allclose(tr.fit_turn(a, b, given), best, atol=1e-3)
