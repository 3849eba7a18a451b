"""An inferred sequence on a matplotlib figure: as a film, a sheet of frames, or in a window."""

import time
from collections.abc import Iterator

import numpy as np

from human_pose_util.vis import style, writer
from human_pose_util.vis.figures import DPI, agg_figure, heading, save_figure, window_figure
from human_pose_util.vis.panels import TRUTH_LOOK, draw_error, greys, poses_2d
from human_pose_util.vis.plot import PoseLines, ground, ground_bounds, vis2d
from human_pose_util.vis.scene import Scene, limits
from human_pose_util.vis.sheet import sheet

SUFFIXES = (".mp4", ".gif", ".png")
SIZE = (1280, 720)
GIF_SIZE = (960, 540)
MOST_FPS = 30.0  # in a window
PLAYHEAD = {"color": style.TEXT, "linewidth": 1.2, "zorder": 4}


class SequenceFigure:
    """A scene on a matplotlib figure: 3D at the left; 2D and the error over time at the right.

    Args:
        scene: what to show.
        figure: an empty matplotlib figure of any backend.
    """

    def __init__(self, scene: Scene, figure):
        self.scene, self.figure = scene, figure
        figure.patch.set_facecolor("white")
        right = scene.p2 is not None or scene.projected_p2 is not None
        curve = scene.error is not None
        low = 0.28 if curve and not right else 0.02
        box = (0.02, low, 0.59 if right else 0.96, 0.88 - low)
        self.axes3d = figure.add_axes(box, projection="3d")
        heading(figure, scene.title, greys(scene))
        self._caption = figure.text(0.02, 0.905, "", color=style.TEXT, fontsize=11)
        self._poses: list[tuple[PoseLines, np.ndarray]] = []
        self._draw_3d()
        if right:
            box = (0.665, 0.4, 0.315, 0.48) if curve else (0.665, 0.1, 0.315, 0.78)
            self._draw_2d(figure.add_axes(box))
        self._playhead = None
        if curve:
            box = (0.665, 0.1, 0.315, 0.19) if right else (0.08, 0.1, 0.88, 0.14)
            axes = figure.add_axes(box)
            draw_error(axes, scene)
            self._playhead = axes.axvline(0, **PLAYHEAD)
        for artist in self.moving:
            artist.set_animated(True)
        self.draw(0)

    @property
    def moving(self) -> list:
        """The artists that differ from frame to frame; a full draw leaves them out."""
        lines = [line for pose, _ in self._poses for line in pose.lines]
        return [*lines, self._caption, *([self._playhead] if self._playhead else [])]

    def draw(self, i: int) -> None:
        """Move everything to frame `i`."""
        for lines, poses in self._poses:
            lines.update(poses[i])
        self._caption.set_text(self.scene.caption(i))
        if self._playhead:
            self._playhead.set_xdata([i / self.scene.fps] * 2)

    def frames(self, progress: bool = False) -> Iterator[np.ndarray]:
        """Each frame as (height, width, 3) uint8. The figure needs an Agg canvas."""
        from tqdm import tqdm

        canvas = self.figure.canvas
        canvas.draw()  # without what moves
        background = canvas.copy_from_bbox(self.figure.bbox)
        quiet = None if progress else True  # None: shown on a terminal only
        for i in tqdm(range(self.scene.n_frames), "drawing", disable=quiet, unit="frame"):
            canvas.restore_region(background)
            self.draw(i)
            self.draw_moving()
            yield np.array(canvas.buffer_rgba())[..., :3]

    def draw_moving(self) -> None:
        """Draw those onto the canvas, over whatever is there."""
        for artist in sorted(self.moving, key=lambda artist: artist.get_zorder()):
            if artist.axes is None:
                self.figure.draw_artist(artist)
            else:
                artist.axes.draw_artist(artist)

    def _draw_3d(self) -> None:
        scene, ax = self.scene, self.axes3d
        truth, p3w = scene.shown_truth, scene.shown
        bounds = ground_bounds(*(p for p in (truth, p3w) if p is not None), margin=0.25)
        bounds[:2] = _at_least(bounds[:2], 1.5)
        ground(ax, bounds, unit=scene.unit, grid=0.5, view=scene.eye)
        if truth is not None:
            self._poses.append((PoseLines(ax, scene.skeleton, **TRUTH_LOOK), truth))
        shadow = PoseLines(ax, scene.skeleton, style.SHADOWS, linewidth=3, zorder=1)
        self._poses.append((shadow, p3w * [1, 1, 0]))
        pose = PoseLines(ax, scene.skeleton, style.LIMBS, linewidth=2.5, marker="o", markersize=4)
        self._poses.append((pose, p3w))

    def _draw_2d(self, ax) -> None:
        bounds = self.scene.image_bounds
        for p2, look in poses_2d(self.scene):
            lines = vis2d(ax, p2[0], self.scene.skeleton, bounds=bounds, **look)
            self._poses.append((lines, p2))


def save(scene: Scene, path, progress: bool = True) -> None:
    """Save a scene with matplotlib: a film (.mp4, .gif) or a sheet of frames (.png).

    Nothing of pyplot is touched and no screen is needed.

    Args:
        scene: what to show.
        path: file to write, replaced once it is complete.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SpecError: another suffix.
        DataError: the file cannot be written.
    """
    path = writer.check_suffix(path, SUFFIXES)
    if path.suffix.lower() == ".png":
        save_figure(sheet(scene), path)
        return
    size = GIF_SIZE if path.suffix.lower() == ".gif" else SIZE
    figure = SequenceFigure(scene, agg_figure(*size, dpi=DPI * size[0] / SIZE[0]))
    writer.write_film(path, figure.frames(progress), scene.fps)


def show(scene: Scene) -> None:
    """Play a scene in a matplotlib window: space pauses, left and right step.

    Raises:
        SpecError: there is no screen, or matplotlib has no backend that opens windows.
    """
    import matplotlib.pyplot as plt

    playback = Playback(SequenceFigure(scene, window_figure(*SIZE)))  # noqa: F841, kept alive
    plt.show()


class Playback:
    """A scene's time in a window, by the clock: slow drawing skips frames, the rate stays.

    Args:
        shown: the figure in the window.
    """

    def __init__(self, shown: SequenceFigure):
        self._shown, self._playing = shown, True
        self._frame, self._since = 0, time.monotonic()
        canvas = shown.figure.canvas
        canvas.mpl_connect("draw_event", self._drawn)
        canvas.mpl_connect("key_press_event", self._pressed)
        self._timer = canvas.new_timer(interval=round(1000 / min(shown.scene.fps, MOST_FPS)))
        self._timer.add_callback(self._tick)
        self._timer.start()

    def _drawn(self, event) -> None:
        canvas = self._shown.figure.canvas
        self._background = canvas.copy_from_bbox(self._shown.figure.bbox)
        self._shown.draw_moving()

    def _pressed(self, event) -> None:
        if event.key == " ":
            self._playing = not self._playing
        elif event.key in ("left", "right"):
            self._playing = False
            self._show(self._frame + (1 if event.key == "right" else -1))
        self._since = time.monotonic() - self._frame / self._shown.scene.fps

    def _tick(self) -> None:
        if self._playing:
            self._show(int((time.monotonic() - self._since) * self._shown.scene.fps))

    def _show(self, frame: int) -> None:
        self._frame = frame % self._shown.scene.n_frames
        canvas = self._shown.figure.canvas
        canvas.restore_region(self._background)
        self._shown.draw(self._frame)
        self._shown.draw_moving()
        canvas.blit(self._shown.figure.bbox)


def _at_least(bounds: np.ndarray, extent: float) -> np.ndarray:
    return limits(bounds.T, least=extent)
