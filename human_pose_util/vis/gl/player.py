"""Playing a scene: time, speed and pause, by keys and mouse or frame by frame into a file."""

from collections.abc import Iterator

import numpy as np

from human_pose_util.vis import writer
from human_pose_util.vis.gl.scene_view import View
from human_pose_util.vis.gl.window import no_arguments, open_window, read_pixels
from human_pose_util.vis.scene import Scene

SIZE = (1280, 720)
FILE_SIZE = {".mp4": SIZE, ".gif": (960, 540)}
SPEEDS = 2.0 ** np.arange(-4, 5)
NORMAL = 4
TURN = 30.0  # degrees a second
TURN_FPS = 15.0


class Player:
    """The time of a scene, and what keys and mouse do to it and to the view.

    Args:
        view: what draws the frames.
        spin: turns the view, degrees a second.
    """

    def __init__(self, view: View, spin: float = 0.0):
        self.view, self.spin = view, spin
        self.reset()

    def reset(self) -> None:
        """To the start, at normal speed, with the view as it was."""
        self.time, self.paused, self._speed = 0.0, False, NORMAL
        self.view.camera.reset()

    @property
    def speed(self) -> float:
        """Scene seconds for one second."""
        return float(SPEEDS[self._speed])

    @property
    def frame(self) -> int:
        """The frame to draw now; after the last comes the first again."""
        scene = self.view.scene
        return int(np.floor(self.time * scene.fps + 1e-6)) % scene.n_frames

    def advance(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if not self.paused:
            self.time += dt * self.speed
            self.view.camera.yaw += dt * self.spin

    def step(self, frames: int) -> None:
        """Pause, and go on or back by frames."""
        self.paused = True
        self.time = (self.frame + frames) % self.view.scene.n_frames / self.view.scene.fps

    # The window calls these by their names.

    def on_draw(self, dt: float) -> None:
        """Draw what is to be seen now."""
        self.advance(dt)
        self.view.draw(self.frame, self._note())

    def on_key_press(self, symbol: int, modifiers: int) -> None:
        """Space pauses, arrows step and change the speed, R resets."""
        from glumpy.app.window import key

        if symbol == key.SPACE:
            self.paused = not self.paused
        elif symbol in (key.LEFT, key.RIGHT):
            self.step(1 if symbol == key.RIGHT else -1)
        elif symbol in (key.UP, key.DOWN):
            faster = 1 if symbol == key.UP else -1
            self._speed = int(np.clip(self._speed + faster, 0, len(SPEEDS) - 1))
        elif symbol == ord("R"):
            self.reset()

    def on_mouse_drag(self, x: float, y: float, dx: float, dy: float, button: int) -> None:
        """Turn the view."""
        self.view.camera.turn(dx, dy)

    def on_mouse_scroll(self, x: float, y: float, dx: float, dy: float) -> None:
        """Go nearer or farther."""
        self.view.camera.zoom(dy)

    def _note(self) -> str:
        note = "" if self.speed == 1 else f"   ·   speed {self.speed:g}"
        return note + ("   ·   paused" if self.paused else "")


def show(scene: Scene) -> None:
    """Play a scene in a glumpy window until it is closed; a single frame is turned round.

    Raises:
        SpecError: there is no screen, no OpenGL or no glumpy.
    """
    window = open_window(*SIZE, scene.title)
    view = View(scene, window, help_line=True)
    window.push_handlers(Player(view, TURN if scene.n_frames == 1 else 0.0))
    from glumpy import app

    with no_arguments():
        app.run()


def save(scene: Scene, path, progress: bool = True) -> None:
    """Save the view as a film (.mp4, .gif), drawn in memory where there is no screen.

    Args:
        scene: what to show; a single frame is turned round once.
        path: file to write, replaced once it is complete.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SpecError: another suffix, no OpenGL or no glumpy.
        DataError: the file cannot be written.
    """
    path = writer.check_suffix(path, FILE_SIZE)
    window = open_window(*FILE_SIZE[path.suffix.lower()], scene.title, visible=False)
    fps = scene.fps if scene.n_frames > 1 else TURN_FPS
    try:
        writer.write_film(path, frames(View(scene, window), progress), fps)
    finally:
        window.destroy()


def frames(view: View, progress: bool = False) -> Iterator[np.ndarray]:
    """Every frame of a view's scene, or a turn round its only one, (height, width, 3) uint8."""
    from tqdm import tqdm

    turn = round(360 / TURN * TURN_FPS) if view.scene.n_frames == 1 else 0
    quiet = None if progress else True  # None: shown on a terminal only
    for i in tqdm(range(turn or view.scene.n_frames), "drawing", disable=quiet, unit="frame"):
        view.draw(0 if turn else i)
        yield read_pixels(view.window.width, view.window.height)
        if turn:
            view.camera.yaw += 360 / turn
