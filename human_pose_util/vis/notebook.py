"""An explorer of a pose generator's latent space for Jupyter: sliders, and the pose they make."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from human_pose_util.vis import style
from human_pose_util.vis.figures import agg_figure
from human_pose_util.vis.grid import common_bounds
from human_pose_util.vis.plot import VIEW, vis3d
from human_pose_util.vis.walk import blend

SIZE = (480, 520)  # px
N_SHOWN = 8
REACH = 3.0  # of the sliders, in standard deviations
N_SAMPLES = 1000
N_BOUNDS = 50  # samples that have to fit into the picture; a few of all reach farther


class Explorer:
    """Widgets to walk through a latent space whose samples are N(0, I); `display(explorer.widget)`.

    Args:
        generate: (n, n_z) float32 latent vectors → (n, n_joints, 3) poses, z up.
        rate: (n, n_joints, 3) poses → (n,) the critic's values.
        skeleton: of the poses.
        importance: (n_z,) how much each latent dimension moves the pose: the order of the sliders.
        seed: of the random samples.

    Attributes:
        widget: everything, to display.
        sliders: one for each latent dimension, in the order of the dimensions.
        turn: azimuth of the eye, degrees.
        mix: where between the poses A and B, percent.
        picture: the pose as a PNG.
        pose: (n_joints, 3) what is seen.
        score: the critic's value of it.
    """

    def __init__(self, generate: Callable, rate: Callable, skeleton, importance, seed: int = 0):
        self._generate, self._rate = generate, rate
        self._random = np.random.default_rng(seed)
        self._n_z = len(importance)
        samples = np.asarray(generate(self._sample(N_SAMPLES)))
        self._typical = np.sort(np.asarray(rate(samples)))
        self._picture = PosePicture(skeleton, samples[:N_BOUNDS])
        self._ends = {name: self._sample(1)[0] for name in "AB"}
        self._lay_out(np.asarray(importance))
        self.z = self._ends["A"]

    @property
    def z(self) -> np.ndarray:
        """(n_z,) float32 latent vector of the pose; setting it moves the sliders."""
        return np.array([slider.value for slider in self.sliders], dtype=np.float32)

    @z.setter
    def z(self, values) -> None:
        with self._at_once():
            for slider, value in zip(self.sliders, values, strict=True):
                slider.value = float(value)

    def random(self) -> None:
        """Go to a random sample."""
        self.z = self._sample(1)[0]

    def keep(self, name: str) -> None:
        """Make the present pose the end "A" or "B" of the interpolation, without moving."""
        self._ends[name] = self.z
        with self._at_once(draw=False):
            self.mix.value = {"A": 0, "B": 100}[name]

    def _sample(self, n: int) -> np.ndarray:
        """(n, n_z) random latent vectors, within the sliders' reach."""
        z = self._random.standard_normal((n, self._n_z), dtype=np.float32)
        return np.clip(z, -REACH, REACH)

    def _lay_out(self, importance: np.ndarray) -> None:
        import ipywidgets as w

        wide = {"description_width": "7em"}
        self.sliders = [
            w.FloatSlider(0, min=-REACH, max=REACH, step=0.01, style=wide, readout_format=".2f",
                          description=f"z{k} · {way:.3f}")
            for k, way in enumerate(importance)
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
        self._watching = True
        for slider in (*self.sliders, self.turn):
            slider.observe(self._changed, "value")
        self.mix.observe(self._mixed, "value")

    @contextmanager
    def _at_once(self, draw: bool = True) -> Iterator[None]:
        """Move several sliders and draw no more than once."""
        self._watching = False
        try:
            yield
        finally:
            self._watching = True
        if draw:
            self._draw()

    def _changed(self, change) -> None:
        if self._watching:
            self._draw()

    def _mixed(self, change) -> None:
        if self._watching:
            self.z = blend(self._ends["A"], self._ends["B"], self.mix.value / 100)

    def _draw(self) -> None:
        poses = np.asarray(self._generate(self.z[None]))
        self.pose, self.score = poses[0], float(self._rate(poses)[0])
        self.picture.value = self._picture.png(self.pose, self.turn.value)
        above = np.searchsorted(self._typical, self.score) / len(self._typical)
        self._text.value = (
            f"critic: {self.score:.4g}, higher than {above:.0%} of random poses<br>"
            f"‖z‖ = {np.linalg.norm(self.z):.2f}, of random vectors about {self._n_z**0.5:.2f}"
        )


class PosePicture:
    """A picture of one pose, drawn anew in some ten milliseconds.

    Args:
        skeleton: what joins the joints.
        poses: (n, n_joints, 3) what has to have room in it.
    """

    def __init__(self, skeleton, poses: np.ndarray):
        self._figure = agg_figure(*SIZE)
        self._figure.patch.set_facecolor("white")
        self._ax = self._figure.add_axes((0, 0, 1, 1), projection="3d")
        bounds = common_bounds(poses)
        step = np.ptp(bounds[0]) / 8
        self._lines = vis3d(self._ax, poses[0], skeleton, bounds=bounds, unit=None, grid=step)
        for x, side, color in ((0.02, "left", style.LEFT), (0.1, "right", style.RIGHT)):
            self._figure.text(x, 0.96, side, color=color, weight="bold")

    def png(self, pose: np.ndarray, azimuth: float = VIEW[1]) -> bytes:
        """The pose (n_joints, 3) seen from an azimuth [degrees]."""
        self._ax.view_init(VIEW[0], azimuth)
        self._lines.update(pose)
        return png(self._figure)


def png(figure) -> bytes:
    """A matplotlib figure as a PNG: what `IPython.display.Image` takes."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi="figure", pil_kwargs={"compress_level": 3})
    return file.getvalue()


def _button(description: str, action: Callable[[], None]):
    import ipywidgets as w

    button = w.Button(description=description, layout=w.Layout(width="auto"))
    button.on_click(lambda _: action())
    return button
