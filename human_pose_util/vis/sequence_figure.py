"""An inferred sequence on a matplotlib figure: as a film, a sheet of frames, or in a window."""

import itertools
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from human_pose_util.suffixes import check_suffix
from human_pose_util.vis import matplotlib_figure, sequence_sheet, style
from human_pose_util.vis.film_writer import FILMS, drawing_range, write_film
from human_pose_util.vis.plot import PoseLines, film_picture, ground, vis2d
from human_pose_util.vis.scene import Scene, limits

SUFFIXES = (*FILMS, ".png")
SIZE = FILMS[".mp4"]
"""Width and height of a window [px]."""
MAX_WINDOW_FPS = 30.0
GAP = 0.1
"""Room for the labels of the axes between the 3D and the 2D ones, as a share of the width."""
PICTURE_WIDTH = 800
"""Width of what is shown of a film's frames behind the 2D poses [px]."""


class SequenceFigure:
    """A scene on a matplotlib figure: 3D at the left; 2D and the error over time at the right.

    A full draw by matplotlib is slow. So everything that stays is drawn once, and for each frame
    only the moving artists are drawn, over a copy of that background ("blitting").

    Args:
        scene: the scene to show.
        figure: an empty matplotlib figure of any backend.

    Attributes:
        scene: the scene.
        figure: the figure.
        axes3d: the 3D axes.
    """

    def __init__(self, scene: Scene, figure: Figure):
        self.scene, self.figure = scene, figure
        has_curve = scene.error is not None
        bottom = 0.28 if has_curve and not scene.poses_2d else 0.02
        left = 0.52 if scene.film else 0.665  # of the 2D axes: a film is wider than a person
        width = left - GAP - 0.02 if scene.poses_2d else 0.96
        box = (0.02, bottom, width, 0.88 - bottom)
        self.axes3d = figure.add_axes(box, projection="3d")
        matplotlib_figure.draw_heading(figure, scene.title, sequence_sheet.grey_names(scene))
        self._caption = figure.text(0.02, 0.905, "", color=style.TEXT, fontsize=11)
        self._poses: list[tuple[PoseLines, np.ndarray]] = []
        self._draw_3d()
        self._picture: Any = None
        if scene.poses_2d:
            width = 0.98 - left
            box = (left, 0.4, width, 0.48) if has_curve else (left, 0.1, width, 0.78)
            ax, bounds = figure.add_axes(box), scene.image_bounds
            if scene.film:
                self._picture = film_picture(ax, scene.film)
            for p2, is_grey in scene.poses_2d:
                look = sequence_sheet.LOOKS_2D[is_grey]
                lines = vis2d(ax, p2[0], scene.skeleton, bounds=bounds, **look)
                self._poses.append((lines, p2))
        self._playhead: Any = None
        if scene.error is not None:
            box = (left, 0.1, 0.98 - left, 0.19) if scene.poses_2d else (0.08, 0.1, 0.88, 0.14)
            axes = figure.add_axes(box)
            sequence_sheet.draw_error(axes, scene)
            self._playhead = axes.axvline(0, color=style.TEXT, linewidth=1.2, zorder=4)
        moving = [line for pose, _ in self._poses for line in pose.lines]
        others = [self._caption, self._playhead, self._picture]
        self._moving = [*moving, *(artist for artist in others if artist is not None)]
        for artist in self._moving:  # a full draw of the figure omits them
            artist.set_animated(True)
        self.draw(0)

    def draw(self, i: int) -> None:
        """Move everything to frame `i`, without drawing it."""
        for lines, poses in self._poses:
            lines.update(poses[i])
        self._caption.set_text(self.scene.caption(i))
        if self._playhead:
            self._playhead.set_xdata([self.scene.times[i]] * 2)

    def frames(self) -> Iterator[np.ndarray]:
        """Draw every frame. The figure needs an Agg canvas.

        Yields:
            [height, width, 3] uint8 RGB image.
        """
        canvas: Any = self.figure.canvas
        canvas.draw()  # all but the moving artists
        background = canvas.copy_from_bbox(self.figure.bbox)
        none = itertools.repeat(None, self.scene.n_frames)
        pictures = self.scene.pictures(PICTURE_WIDTH) if self._picture else none
        for i, picture in zip(drawing_range(self.scene.n_frames), pictures, strict=True):
            canvas.restore_region(background)
            self.draw(i)
            if picture is not None:
                self._picture.set_data(picture)
            self.draw_moving()
            yield np.array(canvas.buffer_rgba())[..., :3]

    def draw_moving(self) -> None:
        """Draw the moving artists onto the canvas, over its contents."""
        for artist in sorted(self._moving, key=lambda artist: artist.get_zorder()):
            (artist.axes or self.figure).draw_artist(artist)

    def _draw_3d(self) -> None:
        """Draw the ground, the truth, a shadow on the floor, and the inferred pose over it."""
        scene, ax = self.scene, self.axes3d
        *truth, poses = scene.bodies
        bounds = scene.bounds.copy()
        bounds[:2] = limits(bounds[:2].T, least=1.5)
        ground(ax, bounds, unit=scene.unit, grid=0.5, view=scene.eye)
        look = sequence_sheet.TRUTH_LOOK
        self._poses += [(PoseLines(ax, scene.skeleton, **look), p3w) for p3w in truth]
        shadow = PoseLines(ax, scene.skeleton, style.SHADOWS, linewidth=3, zorder=1)
        pose = PoseLines(ax, scene.skeleton, style.LIMBS, linewidth=2.5, marker="o", markersize=4)
        self._poses += [(shadow, poses * [1, 1, 0]), (pose, poses)]


def save(scene: Scene, path: str | os.PathLike) -> None:
    """Save a scene with matplotlib: a film (.mp4, .gif) or a sheet of frames (.png).

    No screen is needed, and the state of pyplot does not change.

    Args:
        scene: the scene to show.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        SpecError: the file has another suffix.
        DataError: the file cannot be written.
    """
    path = check_suffix(path, SUFFIXES)
    if path.suffix.lower() == ".png":
        matplotlib_figure.save_figure(sequence_sheet.sequence_sheet(scene), path)
        return
    width, height = FILMS[path.suffix.lower()]
    dpi = matplotlib_figure.DPI * width / SIZE[0]
    figure = SequenceFigure(scene, matplotlib_figure.agg_figure(width, height, dpi))
    write_film(path, figure.frames(), scene.fps)


def show(scene: Scene) -> None:
    """Play a scene in a matplotlib window: space pauses, the arrows left and right step.

    Args:
        scene: the scene to show.

    Raises:
        DisplayError: there is no screen, or matplotlib has no backend that opens windows.
    """
    import matplotlib.pyplot as plt

    playback = Playback(SequenceFigure(scene, matplotlib_figure.window_figure(*SIZE)))  # noqa: F841, kept alive
    plt.show()


class Playback:
    """Plays a scene in a window by the clock: slow drawing skips frames, and time goes on.

    Args:
        figure: the figure in the window.
    """

    def __init__(self, figure: SequenceFigure):
        self._figure, self._playing = figure, True
        self._frame, self._start = 0, time.monotonic()  # the time at which frame 0 was due
        self._canvas: Any = figure.figure.canvas
        self._background: Any = None
        self._canvas.mpl_connect("draw_event", self._on_draw)
        self._canvas.mpl_connect("key_press_event", self._on_key)
        fps = min(figure.scene.fps, MAX_WINDOW_FPS)
        self._timer = self._canvas.new_timer(interval=round(1000 / fps))
        self._timer.add_callback(self._on_tick)
        self._timer.start()

    def _on_draw(self, event: Any) -> None:
        """Keep the new background after a full draw, as when the view is turned."""
        self._background = self._canvas.copy_from_bbox(self._figure.figure.bbox)
        self._figure.draw_moving()

    def _on_key(self, event: Any) -> None:
        """Pause or step, and let the time continue from the frame in the window."""
        if event.key == " ":
            self._playing = not self._playing
        elif event.key in ("left", "right"):
            self._playing = False
            self._show(self._frame + (1 if event.key == "right" else -1))
        self._start = time.monotonic() - self._frame / self._figure.scene.fps

    def _on_tick(self) -> None:
        """Show the frame that is due by the clock."""
        if self._playing:
            self._show(int((time.monotonic() - self._start) * self._figure.scene.fps))

    def _show(self, frame: int) -> None:
        """Draw a frame over the background; the first frame follows the last."""
        self._frame = frame % self._figure.scene.n_frames
        if self._background is None:  # the timer may tick before the first full draw
            return
        self._canvas.restore_region(self._background)
        self._figure.draw(self._frame)
        self._figure.draw_moving()
        self._canvas.blit(self._figure.figure.bbox)
