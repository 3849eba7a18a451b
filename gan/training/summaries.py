"""What TensorBoard shows of a training run."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api as hparams

from gan.params import GanParams
from gan.training.gan_trainer import BLOCK
from human_pose_util.evaluate.distributions import Quality, bone_lengths, quality
from human_pose_util.skeleton import Skeleton

STEPS_BETWEEN_SCALARS = 5 * BLOCK
STEPS_BETWEEN_PICTURES = 50 * BLOCK
N_POSES = 12
N_BONE_SAMPLES = 2000
_TAGS = {
    "critic_loss": "loss/critic",
    "generator_loss": "loss/generator",
    "critic_real": "critic/real",
    "critic_fake": "critic/fake",
    "steps_per_second": "speed/steps_per_second",
}


_MEASURES = ("bone_length_error", "sliced_wasserstein", "density", "coverage")
_CHARTS = {
    "critic's values": "critic/(real|fake)",
    "losses": "loss/(critic|generator)",
}


class Summaries:
    """Writes a run's scalars, pictures and histograms; a context that closes the file.

    Args:
        directory: folder of the event files.
        params: shown as text and as TensorBoard's hyperparameters.
        poses: [n_poses, n_joints, 3] real poses, for comparison.
        skeleton: theirs.
        step: at which training goes on; what was logged after it is no longer shown.
    """

    def __init__(
        self,
        directory: Path,
        params: GanParams,
        poses: np.ndarray,
        skeleton: Skeleton,
        step: int = 0,
    ):
        is_new = not any(Path(directory).glob("*tfevents*"))
        _forget_after(step, directory)
        self._writer = tf.summary.create_file_writer(str(directory))
        self._skeleton = skeleton
        self._real = poses[:: max(len(poses) // N_BONE_SAMPLES, 1)][:N_BONE_SAMPLES]
        self._z = tf.random.stateless_normal([N_BONE_SAMPLES, params.n_z], [params.seed, 1])
        if is_new:
            with self._writer.as_default(step=0):
                _write_parameters(params, Path(directory).parent.name)
                _write_layout()
                self._histograms("bone_length/real", self._real)
            self._writer.flush()

    def __enter__(self) -> "Summaries":
        return self

    def __exit__(self, *error) -> None:
        self._writer.close()

    def log(
        self,
        step: int,
        metrics: dict[str, float],
        poses: Callable[[tf.Tensor], tf.Tensor],
        last: bool = False,
    ) -> Quality | None:
        """What is due at a step; all of it at the last. The quality, where that was due."""
        if last or step % STEPS_BETWEEN_SCALARS == 0:
            self.scalars(step, metrics)
        if last or step % STEPS_BETWEEN_PICTURES == 0:
            return self.pictures(step, poses)
        return None

    def scalars(self, step: int, metrics: dict[str, float]) -> None:
        """Losses, the critic's two sides and the speed."""
        with self._writer.as_default(step=step):
            for name, value in metrics.items():
                tf.summary.scalar(_TAGS[name], value)

    def pictures(self, step: int, generator: Callable[[tf.Tensor], tf.Tensor]) -> Quality | None:
        """Generated poses, always of the same latent vectors, their bone lengths and quality."""
        poses = generator(self._z).numpy()
        if not np.isfinite(poses).all():
            return None
        found = quality(poses, self._real, self._skeleton)
        with self._writer.as_default(step=step):
            for name in _MEASURES:
                tf.summary.scalar(f"quality/{name}", getattr(found, name))
            picture = _picture(poses[:N_POSES], self._skeleton, f"step {step}")
            tf.summary.image("poses", picture[None])
            self._histograms("bone_length/generated", poses)
        return found

    def _histograms(self, tag: str, poses: np.ndarray) -> None:
        lengths = bone_lengths(poses, self._skeleton)
        for (child, _), values in zip(self._skeleton.bones, lengths.T, strict=True):
            tf.summary.histogram(f"{tag}/{self._skeleton.joints[child]}", values)


def _forget_after(step: int, directory: Path) -> None:
    """Have TensorBoard drop what a killed run logged after its last checkpoint.

    A run goes on from there and logs the same steps again; without the mark charts would go back.
    """
    start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    with tf.Graph().as_default(), tf.compat.v1.summary.FileWriter(str(directory)) as writer:
        writer.add_session_log(start, step + 1)


def _write_parameters(params: GanParams, name: str) -> None:
    """The parameters as text, and as the row `name` of TensorBoard's table of hyperparameters."""
    values = params.model_dump()
    tf.summary.text("parameters", f"```json\n{json.dumps(values, indent=2)}\n```")
    values["dataset"] = values["dataset"]["type"]
    proposal = values.pop("proposal") or {}
    values |= {f"proposal/{key}": value for key, value in proposal.items()}
    flat = {
        key: ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in values.items()
        if value is not None
    }
    hparams.hparams(flat, trial_id=name)


def _write_layout() -> None:
    """Charts with several curves in one, under "Custom Scalars"."""
    charts = [
        layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=[tag]))
        for title, tag in _CHARTS.items()
    ]
    layout = layout_pb2.Layout(category=[layout_pb2.Category(title="GAN", chart=charts)])
    summary = custom_scalar.pb(layout).SerializeToString()
    tf.summary.experimental.write_raw_pb(summary, step=0)


def _picture(poses: np.ndarray, skeleton: Skeleton, title: str) -> np.ndarray:
    """[height, width, 3] uint8 of poses side by side."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from human_pose_util.vis.grid import grid

    canvas = FigureCanvasAgg(grid(poses, skeleton, title))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]
