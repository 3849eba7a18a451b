"""Playing a scene in OpenGL: in a window with keys and mouse, or frame by frame into a file."""

import os
from collections.abc import Iterator

import numpy as np

from human_pose_util.suffixes import check_suffix
from human_pose_util.vis.film_writer import FILMS, drawing_range, write_film
from human_pose_util.vis.gl.scene_view import SceneView
from human_pose_util.vis.gl.window import no_arguments, open_window, read_pixels
from human_pose_util.vis.scene import Scene

SPEEDS = 2.0 ** np.arange(-4, 5)
"""Speeds to choose from: seconds of the scene for one second of the clock."""
NORMAL = 4
"""Index of the speed 1."""
TURN = 30.0
"""Speed at which a scene of a single frame turns [degrees per second]."""
TURN_FPS = 15.0


class Player:
    """The time of a scene, and what keys do to the time and the view.

    glumpy calls the methods whose names begin with `on_`.

    Args:
        view: draws the frames.
        spin: speed at which the view turns [degrees per second].

    Attributes:
        view: draws the frames.
        spin: speed at which the view turns [degrees per second].
        time: time of the scene [s].
        paused: whether the time stands still.
    """

    def __init__(self, view: SceneView, spin: float):
        self.view, self.spin = view, spin
        self.reset()

    def reset(self) -> None:
        """Start again, at normal speed and with the initial view."""
        self.time, self.paused, self._speed = 0.0, False, NORMAL
        self.view.camera.reset()

    @property
    def speed(self) -> float:
        """Seconds of the scene for one second of the clock."""
        return float(SPEEDS[self._speed])

    @property
    def frame(self) -> int:
        """Index of the frame to draw now; the first frame follows the last."""
        scene = self.view.scene
        return int(np.floor(self.time * scene.fps + 1e-6)) % scene.n_frames

    def advance(self, dt: float) -> None:
        """Let `dt` seconds of the clock pass."""
        if not self.paused:
            self.time += dt * self.speed
            self.view.camera.yaw += dt * self.spin

    def step(self, frames: int) -> None:
        """Pause, and move by a number of frames, backwards if it is negative."""
        self.paused = True
        self.time = (self.frame + frames) % self.view.scene.n_frames / self.view.scene.fps

    def on_draw(self, dt: float) -> None:
        """Draw the frame that is due after `dt` more seconds."""
        self.advance(dt)
        self.view.draw(self.frame, self._note())

    def on_key_press(self, symbol: int, modifiers: int) -> None:
        """React to a key: space pauses, arrows step and change the speed, R resets.

        Args:
            symbol: glumpy's code of the key.
            modifiers: glumpy's code of keys such as shift; unused.
        """
        from glumpy.app.window import key

        if symbol == key.SPACE:
            self.paused = not self.paused
        elif symbol in (key.LEFT, key.RIGHT):
            self.step(1 if symbol == key.RIGHT else -1)
        elif symbol in (key.UP, key.DOWN):
            change = 1 if symbol == key.UP else -1
            self._speed = int(np.clip(self._speed + change, 0, len(SPEEDS) - 1))
        elif symbol == ord("R"):
            self.reset()

    def _note(self) -> str:
        """Text for a speed that is not normal, and for a pause."""
        note = "" if self.speed == 1 else f"   ·   speed {self.speed:g}"
        return note + ("   ·   paused" if self.paused else "")


def show(scene: Scene) -> None:
    """Play a scene in a glumpy window until it is closed; a single frame is turned round.

    Args:
        scene: the scene to show.

    Raises:
        DisplayError: there is no screen, no OpenGL or no glumpy.
    """
    window = open_window(*FILMS[".mp4"], scene.title)
    view = SceneView(scene, window, help_line=True)
    window.push_handlers(Player(view, TURN if scene.n_frames == 1 else 0.0), view.camera)
    from glumpy import app

    with no_arguments():
        app.run()


def save(scene: Scene, path: str | os.PathLike) -> None:
    """Save a scene as a film (.mp4, .gif), drawn in memory if there is no screen.

    Args:
        scene: the scene to show; a single frame is turned round once.
        path: file to write; an existing file is replaced once the film is complete.

    Raises:
        SpecError: the file has another suffix.
        DisplayError: there is no OpenGL or no glumpy.
        DataError: the file cannot be written.
    """
    path = check_suffix(path, FILMS)
    window = open_window(*FILMS[path.suffix.lower()], scene.title, visible=False)
    fps = scene.fps if scene.n_frames > 1 else TURN_FPS
    try:
        write_film(path, frames(SceneView(scene, window)), fps)
    finally:
        window.destroy()


def frames(view: SceneView) -> Iterator[np.ndarray]:
    """Draw every frame of a scene, or a turn round its only frame.

    Args:
        view: draws the frames.

    Yields:
        [height, width, 3] uint8 RGB image.
    """
    n = view.scene.n_frames
    n_drawn, turn = (n, 0.0) if n > 1 else (round(360 / TURN * TURN_FPS), TURN / TURN_FPS)
    for i in drawing_range(n_drawn):
        view.draw(i % n)
        yield read_pixels(view.window.width, view.window.height)
        view.camera.yaw += turn
