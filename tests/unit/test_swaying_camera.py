"""The sway of a camera, from people whose feet stand on a floor that is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.skeleton import S24
from human_pose_util.transforms import look_at, rotation_about
from lifting.camera_motion.sway import NEAREST, Feet, sway_of
from lifting.camera_motion.swaying_camera import Part, without_sway
from lifting.film.camera_notes import camera_note
from lifting.fit.lifted import Lifted
from lifting.stance.balance import FADE, LOWER, loads
from tests.helpers.lifted_walker import FPS, N, walker

SWAY = np.radians(4.0) * np.sin(2 * np.pi * np.arange(N) / FPS / 3.0)
"""The angles of a hand that sways by 4 degrees once in three seconds."""


def filmed(tilts: np.ndarray, p3w: np.ndarray | None = None, distance: float = 4500) -> Lifted:
    """Poses before a camera that tilts down by angles [N], taken for one that does not.

    The camera is at a distance [mm] from the middle of the poses.
    """
    p3w = example()[1][:N].astype(float) if p3w is None else p3w
    middle = p3w.mean(axis=(0, 1))
    r, t = look_at(middle + [distance, 0, 600], middle)
    camera = Camera(r, t, np.full(2, 1500.0), np.array([960.0, 540.0]))
    # The camera's frame turns about its x axis: what is ahead of one that tilts down moves up.
    turns = np.stack([rotation_about(tilt, "x") for tilt in tilts])
    p3c = camera.to_camera(p3w) @ np.swapaxes(turns, 1, 2)
    return replace(walker(), p3w=camera.to_world(p3c), p3c=p3c, camera=camera)


def turned(lifted: Lifted, turns: np.ndarray) -> Lifted:
    """Poses before a camera that turns by angles [N] besides, about the vertical."""
    about = np.stack([rotation_about(turn, "z") for turn in turns])
    position = lifted.camera.position
    p3w = (lifted.p3w - position) @ np.swapaxes(about, 1, 2) + position
    return replace(lifted, p3w=p3w, p3c=lifted.camera.to_camera(p3w))


def off_course(lifted: Lifted) -> float:
    """How far the poses are off on the floor from those of the example [mm], about a constant."""
    off = (lifted.p3w - example()[1][:N])[..., :2].mean(axis=1)
    return float(np.linalg.norm(off - off.mean(axis=0), axis=1).mean())


def floating(lifted: Lifted) -> float:
    """How far the poses are off vertically from those of the example [mm], a standard deviation."""
    return float((lifted.p3w - example()[1][:N])[..., 2].std())


@pytest.mark.parametrize("sign", [1, -1])
def test_people_stay_on_the_floor_while_the_camera_sways(sign):
    before = filmed(sign * SWAY)
    after = without_sway({0: Part(0, before)}, [])[0]
    assert floating(before) > 150
    assert floating(after) < 40
    assert after.tilt == pytest.approx(8, abs=1.5)
    # The camera stays where it is, and sees what it saw.
    np.testing.assert_allclose(after.camera.to_camera(after.p3w), after.p3c, atol=1e-6)
    np.testing.assert_allclose(
        after.camera.position, np.tile(before.camera.position, (N, 1)), atol=1e-6
    )
    np.testing.assert_array_equal(after.p3c, before.p3c)


@pytest.mark.parametrize("drift, distance, walks", [(0.5, 4500, 0), (1.0, 4500, 0), (1.0, 9000, 1)])
def test_a_slow_tilt_is_found(drift, distance, walks):
    """A camera tilts down by up to a degree a second, before someone who stands or walks."""
    p3w = example()[1][np.arange(N) * walks].astype(float)
    before = filmed(np.radians(drift) * np.arange(N) / FPS, p3w, distance)
    after = without_sway({0: Part(0, before)}, [])[0]
    assert (before.p3w - p3w)[..., 2].std() > 40
    assert (after.p3w - p3w)[..., 2].std() < 10
    assert after.tilt == pytest.approx(drift * N / FPS, abs=0.15)


def test_a_shot_of_less_than_two_seconds_tells_no_slow_tilt():
    """In so short a time, someone who balances looks like a camera that drifts."""
    n = int(1.9 * FPS)
    before = filmed(np.radians(0.9) * np.arange(n) / FPS, example()[1][:n].astype(float))
    assert without_sway({0: Part(0, before)}, [])[0] is before


@pytest.mark.parametrize("walks", [0, 1])
def test_a_hand_that_sways_may_shake_as_well(walks):
    """It shakes by half a degree, 1.3 times a second."""
    p3w, time = example()[1][np.arange(N) * walks].astype(float), np.arange(N) / FPS
    tilts = 1.5 * np.sin(2 * np.pi * 0.4 * time) + 0.5 * np.sin(2 * np.pi * 1.3 * time)
    after = without_sway({0: Part(0, filmed(np.radians(tilts), p3w))}, [])[0]
    assert (after.p3w - p3w)[..., 2].std() < 10


@pytest.mark.parametrize("sign", [1, -1])
def test_the_floor_stays_where_it_was(sign):
    """A camera that tilts once, by 10 degrees, and then stays: the longer part is level."""
    once = sign * np.radians(10.0) * np.clip(np.arange(N) / FPS - 2.5, 0, 1)
    before = filmed(once)
    after = without_sway({0: Part(0, before)}, [])[0]
    floor = np.median(example()[1][:N, :, 2].min(axis=1))
    assert np.median(after.p3w[..., 2].min(axis=1)) == pytest.approx(floor, abs=40)
    assert floating(after) < 60 < floating(before)


@pytest.mark.parametrize("distance", [4500, 9000, 18000])
@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("height", [0.6, 1.0, 1.5])
def test_someone_who_bounces_stays_in_the_air(height, share, distance):
    """On a trampoline: jumps of a height in metres, and a quarter of a second on the bed between.

    In most frames the feet are high, and the floor of a lift is where they usually are. The person
    bounces in a share of the film, and stands after that.
    """
    flight = 2 * np.sqrt(2 * height / 9.81)
    time = np.arange(N) / FPS % (flight + 0.25)
    fall = 4 * height * (time / flight) * (1 - time / flight)
    dip = -0.15 * np.sin(np.pi * (time - flight) / 0.25)
    jumps = np.where(time < flight, fall, dip) * (np.arange(N) < share * N)
    rise = 1000 * gaussian_filter1d(jumps, 0.1 * FPS)  # as lifted
    p3w = np.repeat(example()[1][:1].astype(float), N, axis=0)
    p3w[..., 2] += (rise - np.median(rise))[:, None]
    before = filmed(np.zeros(N), p3w, distance)
    after = without_sway({0: Part(0, before)}, [])[0]
    np.testing.assert_allclose(after.p3w, before.p3w, atol=1e-6)


def test_a_camera_that_tilts_may_turn_as_well():
    turns = np.radians(3.0) * np.cos(2 * np.pi * np.arange(N) / FPS / 2.5)
    before = turned(filmed(SWAY), turns)
    after = without_sway({0: Part(0, before)}, [])[0]
    assert off_course(before) > 140
    assert off_course(after) < 60
    assert after.turn == 0  # 6 degrees are a sway
    assert floating(after) < 40
    np.testing.assert_allclose(after.camera.to_camera(after.p3w), after.p3c, atol=1e-6)
    # Turns alone are those of a camera on a tripod, which `turning_camera` finds, or of people.
    pans = turned(filmed(np.zeros(N)), turns)
    assert without_sway({0: Part(0, pans)}, [])[0] is pans


def test_angles_are_those_of_people_around_the_camera():
    """Where it tilts down, people rise; where it turns to one side, they turn to the other."""
    turns = np.radians(3.0) * np.cos(2 * np.pi * np.arange(N) / FPS / 2.5)
    sway = sway_of(Feet.of(turned(filmed(SWAY), turns)), FPS)
    assert np.corrcoef(sway.tilts, SWAY)[0, 1] > 0.98
    assert np.corrcoef(sway.turns, turns)[0, 1] > 0.98
    # The world is that of the usual tilt, and looks along the mean of the directions.
    assert np.median(sway.tilts) == pytest.approx(0, abs=1e-9)
    assert sway.turns.mean() == pytest.approx(0, abs=1e-9)


def test_feet_of_people_who_lie_or_are_near_tell_no_tilt():
    still = filmed(np.zeros(N))
    assert Feet.of(still).shown.all()
    assert not Feet.of(replace(still, p3w=still.p3w[..., [0, 2, 1]])).shown.any()
    near = Feet.of(filmed(np.zeros(N), distance=400.0))  # the example walks to and past it
    too_near = near.distances <= NEAREST
    assert 0 < too_near.mean() < 1
    np.testing.assert_array_equal(near.shown == 0, too_near)
    np.testing.assert_array_equal(near.loads[too_near], 0)


def on_stairs(step: float, swing: float = 0.4) -> Feet:
    """Feet [N] of someone who goes up stairs whose steps are so high [mm], 5 m from the camera.

    A foot swings up by two steps for some time [s], and rests for the remainder of a second.
    """
    time = np.arange(N) / FPS
    phase = time[:, None] + [0.0, 0.5]
    rise = np.clip((phase % 1.0 - 1 + swing) / swing, 0, 1)
    heights = 2 * step * (np.floor(phase) + rise)
    offsets = np.stack([0 * heights + 5000, 0 * heights + [100, -100], heights - 1500], axis=2)
    shown, legs = np.ones((N, 2)), 900 + heights.mean(axis=1, keepdims=True) - heights
    return Feet(offsets, 5000 * shown, shown, loads(heights, LOWER, FADE), legs)


@pytest.mark.parametrize("step, swing", [(150.0, 0.4), (80.0, 0.4), (150.0, 0.5)])
def test_someone_who_goes_up_stairs_is_no_tilting_camera(step, swing):
    """The feet rest while the body rises: no tilt explains that."""
    assert not any(angles.any() for angles in sway_of(on_stairs(step, swing), FPS))


def test_a_sway_of_less_than_a_degree_may_be_an_error():
    little = filmed(0.09 * SWAY)
    assert without_sway({0: Part(0, little)}, [])[0] is little


def test_at_few_frames_a_second_nothing_tells_a_tilt():
    """At 2.5 Hz, less than three frames are within the time of a window."""
    feet = Feet.of(filmed(SWAY))
    every = Feet(*(part[::10] for part in feet))
    assert not any(angles.any() for angles in sway_of(every, FPS / 10))


def test_a_camera_that_stands_still_stays_as_it_is():
    still = filmed(np.zeros(N))
    assert without_sway({0: Part(0, still)}, [])[0] is still


def test_someone_who_jumps_keeps_the_height():
    """Both feet leave the floor for half a second, while the camera sways."""
    p3w = example()[1][:N].astype(float)
    time = np.arange(N) / FPS - 2.0
    height = np.maximum(0, 300 - 4900 * time**2)
    p3w[..., 2] += height[:, None]
    after = without_sway({0: Part(0, filmed(SWAY, p3w))}, [])[0]
    off = (after.p3w - p3w)[..., 2].mean(axis=1)
    assert height.max() > 290
    np.testing.assert_allclose(off, np.median(off), atol=30)


def bent(p3w: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Poses [N, n_joints, 3] whose legs bend so far that all but the feet sinks by [N] mm."""
    feet = [i for i, joint in enumerate(S24.joints) if joint[2:] in ("ankle", "ball", "toes")]
    lower = p3w - bend[:, None, None] * [0.0, 0.0, 1.0]
    lower[:, feet] = p3w[:, feet]
    return lower


@pytest.mark.parametrize(
    "rate, height", [(1.0, 0.25), (1.0, 0.45), (0.5, 0.25), (0.5, 0.45), (0.25, 0.25)]
)
def test_someone_who_jumps_in_slow_motion_keeps_the_height(rate, height):
    """Legs bend before the jump and after it. At a quarter of the rate, a second is four."""
    time = rate * (np.arange(N) / FPS - 2.0)
    flight = np.sqrt(8 * height / 9.81)
    jump = np.maximum(0, height - 4.9 * time**2)
    bend = 0.25 * np.exp(-0.5 * ((np.abs(time) - 0.5 * flight - 0.15) / 0.1) ** 2)
    p3w = np.repeat(example()[1][:1].astype(float), N, axis=0)
    p3w[..., 2] += gaussian_filter1d(1000 * jump, 0.05 * FPS)[:, None]  # as lifted
    before = filmed(np.zeros(N), bent(p3w, 1000 * bend))
    assert without_sway({0: Part(0, before)}, [])[0] is before


@pytest.mark.parametrize("depth", [0, 150])
@pytest.mark.parametrize("phase", np.arange(0, 2 * np.pi, np.pi / 2))
def test_people_may_bend_their_legs_before_a_camera_that_sways(depth, phase):
    """The legs bend once in two seconds, the camera sways once in three."""
    bend = 0.5 * depth * (1 + np.sin(np.pi * np.arange(N) / FPS + phase))
    p3w = bent(example()[1][:N].astype(float), bend)
    after = without_sway({0: Part(0, filmed(SWAY, p3w))}, [])[0]
    off = (after.p3w - p3w)[..., 2].mean(axis=1)
    assert after.tilt == pytest.approx(8, abs=1.5)
    assert off.std() < 40


def test_someone_who_hardly_bends_the_legs_does_not_jump():
    """The legs are bent by 2 cm while the camera looks up, as those of someone who gestures."""
    wave = np.sin(np.pi * np.arange(N) / FPS)
    p3w = np.repeat(example()[1][:1].astype(float), N, axis=0)
    p3w = bent(p3w, 10 * (1 - wave))
    after = without_sway({0: Part(0, filmed(np.radians(1.2) * wave, p3w))}, [])[0]
    assert after.tilt == pytest.approx(2.4, abs=0.6)
    assert (after.p3w - p3w)[..., 2].std() < 20


def test_someone_who_climbs_stays_high():
    """A platform lifts someone who stands by a metre: the feet rest before and after it moves."""
    p3w = np.repeat(example()[1][:1].astype(float), N, axis=0)
    p3w[..., 2] += np.clip(1000 * (np.arange(N) / FPS - 1.5) / 0.2, 0, 1000)[:, None]
    climbing = filmed(np.zeros(N), p3w)
    assert without_sway({0: Part(0, climbing)}, [])[0] is climbing


def test_everyone_before_a_camera_tells_its_tilts():
    """The second person comes later, and sits where feet are not shown."""
    first = filmed(SWAY)
    hidden = np.ones((N, S24.n_joints), bool)
    second = replace(filmed(SWAY), extrapolated=hidden)
    late = second.part(40, N)
    after = without_sway({0: Part(0, first), 1: Part(40, late)}, [])
    alone = without_sway({0: Part(0, first)}, [])[0]
    np.testing.assert_allclose(after[0].p3w, alone.p3w, atol=1e-6)
    np.testing.assert_allclose(after[1].p3w, alone.p3w[40:], atol=1e-6)
    assert without_sway({0: Part(40, late)}, [])[0] is late


@pytest.mark.parametrize("rows", [slice(15, 35), slice(10, 40)])
def test_someone_who_is_seen_only_while_the_camera_tilts_stands_on_the_floor(rows):
    """The camera looks down while the second person is seen; the floor of both is one."""
    film = filmed(SWAY)
    alone = without_sway({0: Part(0, film)}, [])[0]
    both = without_sway(
        {0: Part(0, film), 1: Part(rows.start, film.part(rows.start, rows.stop))}, []
    )
    assert floating(both[0]) < floating(alone) + 10
    np.testing.assert_allclose(both[1].p3w[..., 2], both[0].p3w[rows, :, 2], atol=1e-6)


def test_a_detector_of_every_second_frame_tells_as_much():
    film = filmed(SWAY)
    extrapolated = film.extrapolated.copy()
    extrapolated[1::2] = True
    after = without_sway({0: Part(0, replace(film, extrapolated=extrapolated))}, [])[0]
    assert floating(after) < 40


def test_people_go_on_after_a_cut():
    """The second shot is of another camera, which sways as well; its world is joined to the first.

    Here both cameras stand in one place, so that nothing but the sway tells the shots apart.
    """
    turns = np.radians(3.0) * np.cos(2 * np.pi * np.arange(N) / FPS / 2.5)
    before = turned(filmed(SWAY), turns)
    after = without_sway({0: Part(0, before)}, [50])[0]
    step = after.p3w[50].mean(axis=0) - after.p3w[49].mean(axis=0)
    assert np.linalg.norm(step[:2]) < 1.0
    true = example()[1][:N]
    for rows in (slice(0, 50), slice(50, N)):
        off = (after.p3w - true)[rows][..., 2]
        assert off.std() < 60
    np.testing.assert_allclose(after.camera.to_camera(after.p3w), after.p3c, atol=1e-6)


def test_someone_who_comes_after_a_cut_is_in_the_world_of_the_others():
    film = filmed(SWAY)
    after = without_sway({0: Part(0, film), 1: Part(60, film.part(60, N))}, [50])
    np.testing.assert_allclose(after[1].p3w, after[0].p3w[60:], atol=1e-6)


def test_people_who_are_not_seen_next_to_a_cut_do_not_tell_how_others_go_on():
    """The last place of the second person before the cut is a guess, 3 m away."""
    film = filmed(SWAY)
    hidden, away = film.extrapolated.copy(), film.p3w.copy()
    hidden[40:50] = True
    away[40:50, :, 0] += 3000
    p3c = film.camera.to_camera(away)
    guessed = replace(film, extrapolated=hidden, p3w=away, p3c=p3c)
    seen = film.extrapolated.copy()
    seen[49:51, S24.joint_index("l_wrist")] = True  # of the first person, all but a wrist is seen
    film = replace(film, extrapolated=seen)
    after = without_sway({0: Part(0, film), 1: Part(0, guessed)}, [50])[0]
    step = after.p3w[50].mean(axis=0) - after.p3w[49].mean(axis=0)
    assert np.linalg.norm(step[:2]) < 5.0


@pytest.mark.parametrize("speed", [0.3, 0.8])
def test_an_escalator_is_no_tilt(speed):
    rising = example()[1][:N].astype(float)
    rising[..., 2] += 1000 * speed * np.arange(N)[:, None] / FPS
    film = filmed(np.zeros(N), rising)
    tilt = without_sway({0: Part(0, film)}, [])[0].tilt
    # A slow one looks like a camera that tilts; what rises by metres does not.
    assert (tilt == 0) == (speed * N / FPS > 2)


def test_a_pan_that_is_found_with_the_sway_is_said():
    turns = np.radians(20.0) * np.arange(N) / N
    after = without_sway({0: Part(0, turned(filmed(SWAY), turns))}, [])[0]
    assert after.turn == pytest.approx(20, abs=4)
    assert "turns by" in camera_note([after])
    pans = replace(turned(filmed(SWAY), turns), turn=31.0)  # about which more is known
    assert without_sway({0: Part(0, pans)}, [])[0].turn == 31.0


def test_shots_tilt_each_in_their_way():
    """The camera sways in the second shot alone."""
    tilts = np.where(np.arange(N) < 50, 0.0, SWAY)
    after = without_sway({0: Part(0, filmed(tilts))}, [50])[0]
    np.testing.assert_allclose(after.p3w[:50], filmed(tilts).p3w[:50], atol=1e-6)
    assert floating(after) < 0.5 * floating(filmed(tilts))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_frames_tell_no_tilt(n):
    few = filmed(SWAY).part(20, 20 + n)
    assert without_sway({0: Part(0, few)}, [])[0] is few


def test_nobody_tells_nothing():
    assert without_sway({}, []) == {}
