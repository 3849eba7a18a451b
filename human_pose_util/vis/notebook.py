"""An explorer of the latent space of a pose generator, for Jupyter: sliders, and their pose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from human_pose_util.skeleton import Skeleton
from human_pose_util.vis.grid import common_bounds
from human_pose_util.vis.latent_walk import blend
from human_pose_util.vis.matplotlib_figure import agg_figure, draw_heading, picture
from human_pose_util.vis.plot import VIEW, PoseLines, vis3d

SIZE = (480, 520)
"""Width and height of the picture [px]."""
N_SHOWN = 8
"""Number of sliders that are visible at first."""
REACH = 3.0
"""Largest value of the sliders, in standard deviations."""
N_SAMPLES = 1000
"""Number of random poses that the critic's value is compared with."""
N_BOUNDS = 50
"""Number of random poses that fit into the picture; few others reach farther."""


class Explorer:
    """Widgets to explore a latent space whose samples are drawn from N(0, I).

    `IPython.display.display(explorer.widget)` shows them.

    Args:
        generate: function from [n, n_z] float32 latent vectors to [n, n_joints, 3] poses, z up.
        rate: function from [n, n_joints, 3] poses to [n] values of the critic.
        skeleton: the joints and bones of the poses.
        importance: [n_z] how far each latent dimension moves the pose, by which the sliders are
            ordered.
        seed: seed of the random poses.

    Attributes:
        widget: all widgets, to be displayed.
        sliders: one slider for each latent dimension, in the order of the dimensions.
        turn: slider of the azimuth of the eye [degrees].
        mix: slider between the poses A (0) and B (100).
        picture: widget of the picture of the pose.
        pose: [n_joints, 3] the pose in the picture.
        score: the critic's value of the pose.
    """

    def __init__(
        self,
        generate: Callable[[np.ndarray], Any],
        rate: Callable[[Any], Any],
        skeleton: Skeleton,
        importance: np.ndarray,
        seed: int = 0,
    ):
        self._generate, self._rate = generate, rate
        self._random = np.random.default_rng(seed)
        self._n_z = len(importance)
        samples = np.asarray(generate(self._sample(N_SAMPLES)))
        self._typical = np.sort(np.asarray(rate(samples)))
        self._axes, self._lines = _pose_axes(samples[:N_BOUNDS], skeleton)
        self._ends = {name: self._sample(1)[0] for name in "AB"}
        self._lay_out(np.asarray(importance))
        self.z = self._ends["A"]

    @property
    def z(self) -> np.ndarray:
        """[n_z] float32 latent vector of the pose; to set it moves the sliders."""
        return np.array([slider.value for slider in self.sliders], dtype=np.float32)

    @z.setter
    def z(self, values) -> None:
        with self._single_draw():
            for slider, value in zip(self.sliders, values, strict=True):
                slider.value = float(value)

    def random(self) -> None:
        """Move the sliders to a random latent vector."""
        self.z = self._sample(1)[0]

    def keep(self, name: str) -> None:
        """Make the present pose an end of the interpolation. The sliders do not move.

        Args:
            name: the end, "A" or "B".
        """
        self._ends[name] = self.z
        with self._single_draw(draw=False):
            self.mix.value = {"A": 0, "B": 100}[name]

    def _sample(self, n: int) -> np.ndarray:
        """[n, n_z] random latent vectors, within the reach of the sliders."""
        z = self._random.standard_normal((n, self._n_z), dtype=np.float32)
        return np.clip(z, -REACH, REACH)

    def _lay_out(self, importance: np.ndarray) -> None:
        """Create the widgets and connect them."""
        import ipywidgets as w

        wide = {"description_width": "7em"}
        self.sliders = [
            w.FloatSlider(0, min=-REACH, max=REACH, step=0.01, style=wide, readout_format=".2f",
                          description=f"z{k} · {distance:.3f}")
            for k, distance in enumerate(importance)
        ]  # fmt: skip
        self.turn = w.IntSlider(VIEW[1], min=-180, max=180, description="turn", style=wide)
        self.mix = w.IntSlider(0, min=0, max=100, description="A → B", style=wide)
        play = w.Play(min=0, max=100, step=4, interval=150, repeat=True, show_repeat=False)
        w.jslink((play, "value"), (self.mix, "value"))
        self.picture = w.Image(format="png", width=SIZE[0], height=SIZE[1])
        self._text = w.HTML()
        buttons = [
            _button("random", self.random),
            _button("z = 0", lambda: setattr(self, "z", np.zeros(self._n_z))),
            _button("keep as A", lambda: self.keep("A")),
            _button("keep as B", lambda: self.keep("B")),
        ]
        order = [self.sliders[k] for k in np.argsort(-importance)]
        controls = [w.HBox(buttons), w.HBox([self.mix, play]), self.turn, *order[:N_SHOWN]]
        if rest := order[N_SHOWN:]:
            controls.append(w.Accordion([w.VBox(rest)], titles=(f"{len(rest)} more",)))
        self.widget = w.HBox([w.VBox([self.picture, self._text]), w.VBox(controls)])
        self._drawing_enabled = True
        for slider in (*self.sliders, self.turn):
            slider.observe(self._draw, "value")
        self.mix.observe(self._on_mix, "value")

    @contextmanager
    def _single_draw(self, draw: bool = True) -> Iterator[None]:
        """A context in which sliders move without a draw each; one draw, or none, follows."""
        self._drawing_enabled = False
        try:
            yield
        finally:
            self._drawing_enabled = True
        if draw:
            self._draw()

    def _on_mix(self, change: Any) -> None:
        """Move the sliders to the point between A and B."""
        if self._drawing_enabled:
            self.z = blend(self._ends["A"], self._ends["B"], self.mix.value / 100)

    def _draw(self, change: Any = None) -> None:
        """Draw the pose of the sliders, and write the critic's value of it."""
        if not self._drawing_enabled:
            return
        poses = np.asarray(self._generate(self.z[None]))
        self.pose, self.score = poses[0], float(self._rate(poses)[0])
        self._axes.view_init(VIEW[0], self.turn.value)
        self._lines.update(self.pose)
        self.picture.value = png(self._axes.figure)
        above = np.searchsorted(self._typical, self.score) / len(self._typical)
        self._text.value = (
            f"critic: {self.score:.4g}, higher than {above:.0%} of random poses<br>"
            f"‖z‖ = {np.linalg.norm(self.z):.2f}, about {self._n_z**0.5:.2f} for random vectors"
        )


def _pose_axes(poses: np.ndarray, skeleton: Skeleton) -> tuple[Any, PoseLines]:
    """3D axes into which all of [n, n_joints, 3] poses fit, and the lines of the pose in them."""
    figure = agg_figure(*SIZE)
    ax = figure.add_axes((0, 0, 1, 1), projection="3d")
    bounds = common_bounds(poses)
    draw_heading(figure, "")
    step = np.ptp(bounds[0]) / 8
    return ax, vis3d(ax, poses[0], skeleton, bounds=bounds, unit=None, grid=step)


def png(figure: Figure) -> bytes:
    """The contents of a PNG file of a figure, as `IPython.display.Image` expects them."""
    return picture(figure, dpi="figure", pil_kwargs={"compress_level": 3})


def _button(description: str, action: Callable[[], None]) -> Any:
    """A button that calls a function."""
    import ipywidgets as w

    button = w.Button(description=description, layout=w.Layout(width="auto"))
    button.on_click(lambda _: action())
    return button
