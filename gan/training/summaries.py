"""The logs of a training run, which TensorBoard shows; docs/tensorboard.md describes them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar

# Not the public `api`: it imports Keras, which takes longer than everything else here.
from tensorboard.plugins.hparams import summary_v2 as hparams

from gan.params import GanParams
from gan.seeds import Purpose
from gan.training.block_trainer import Metrics
from gan.training.draw import Draw
from gan.training.gan_trainer import BLOCK
from human_pose_util.evaluate.distributions import SampleQuality, quality
from human_pose_util.evaluate.metrics import bone_lengths
from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton

STEPS_BETWEEN_SCALARS = 5 * BLOCK
STEPS_BETWEEN_PICTURES = 50 * BLOCK
N_POSES = 12
"""Number of poses in a picture."""

N_SAMPLES = 2000
"""Number of real poses, and of generated poses, that are compared."""

# TensorBoard opens on the tab "Time Series", which orders charts by the first word of their tags,
# so losses and poses come first: loss, poses, (proposal,) quality, skeleton, speed, value.
_TAGS = {
    "critic_loss": "loss/critic",
    "generator_loss": "loss/generator",
    "critic_real": "value/real",
    "critic_fake": "value/fake",
    "steps_per_second": "speed/steps_per_second",
}
_MEASURES = ("bone_length_error", "sliced_wasserstein", "density", "coverage")
_CHARTS = {
    "critic's values": "value/(real|fake)",
    "losses": "loss/(critic|generator)",
}


class Summaries:
    """Writes the scalars, pictures and histograms of a run into an event file.

    Args:
        directory: the folder of the event files.
        params: the parameters of the GAN, shown as text and as hyperparameters.
        poses: [n_poses, n_joints, 3] real poses, for comparison.
        skeleton: the skeleton of the poses.
        step: the step at which training goes on; TensorBoard drops what was logged after it.
    """

    def __init__(
        self,
        directory: Path,
        params: GanParams,
        poses: np.ndarray,
        skeleton: Skeleton,
        step: int = 0,
    ):
        # What does not change is logged where training begins, or there are no logs: a run that is
        # killed at its start leaves an event file without it. The mark makes such a file, too.
        is_new = step == 0 or not any(Path(directory).glob("*tfevents*"))
        forget_after(step, directory)
        self._writer = tf.summary.create_file_writer(str(directory))
        self._skeleton = skeleton
        # Evenly spaced, since neighbouring frames of a recording hardly differ.
        self._real = poses[evenly_spaced(len(poses), N_SAMPLES)]
        self._z = Draw(N_SAMPLES, params.seed).normal(Purpose.PICTURES, 1.0, (params.n_z,))
        if is_new:
            with self._writer.as_default(step=0):
                _write_parameters(params, Path(directory).parent.name)
                _write_layout()
                self._histograms("skeleton/real", self._real)
            self._writer.flush()

    def log(
        self,
        step: int,
        metrics: Metrics,
        generate: Callable[[tf.Tensor], tf.Tensor],
        is_last: bool = False,
    ) -> SampleQuality | None:
        """Write what is due at a step.

        Args:
            step: the number of steps so far.
            metrics: `gan.training.gan_trainer.METRICS` and `steps_per_second` by name.
            generate: makes poses [n, n_joints, 3] of latent vectors [n, n_z].
            is_last: the run ends with this step, so everything is due.

        Returns:
            The quality of generated poses if it was due, else None.
        """
        if is_last or step % STEPS_BETWEEN_SCALARS == 0:
            self.scalars(step, metrics)
        if is_last or step % STEPS_BETWEEN_PICTURES == 0:
            return self.pictures(step, generate)
        return None

    def scalars(self, step: int, metrics: Metrics) -> None:
        """Write the losses, the critic's logits and the speed.

        Args:
            step: the number of steps so far.
            metrics: `gan.training.gan_trainer.METRICS` and `steps_per_second` by name.
        """
        with self._writer.as_default(step=step):
            for name, value in metrics.items():
                tf.summary.scalar(_TAGS[name], value)

    def pictures(
        self, step: int, generate: Callable[[tf.Tensor], tf.Tensor]
    ) -> SampleQuality | None:
        """Write generated poses, their bone lengths and their quality.

        Poses are always made of the same latent vectors.

        Args:
            step: the number of steps so far.
            generate: makes poses [n, n_joints, 3] of latent vectors [n, n_z].

        Returns:
            The quality; None where training has diverged.
        """
        generated = generate(self._z).numpy()
        if not np.isfinite(generated).all():
            return None
        measures = quality(generated, self._real, self._skeleton)
        with self._writer.as_default(step=step):
            for name in _MEASURES:
                tf.summary.scalar(f"quality/{name}", getattr(measures, name))
            picture = _picture(generated[:N_POSES], self._skeleton, f"step {step}")
            tf.summary.image("poses", picture[None])
            self._histograms("skeleton/generated", generated)
        return measures

    def close(self) -> None:
        """Close the event file."""
        self._writer.close()

    def _histograms(self, tag: str, poses: np.ndarray) -> None:
        """Write a histogram of every bone's length, named after the joint in which it ends."""
        lengths = bone_lengths(poses, self._skeleton)
        for (child, _), values in zip(self._skeleton.bones, lengths.T, strict=True):
            tf.summary.histogram(f"{tag}/{self._skeleton.joints[child]}", values)


def forget_after(step: int, directory: Path) -> None:
    """Tell TensorBoard to drop what an earlier run logged after a step.

    A run that was killed goes on from its last checkpoint and logs the same steps again. Without
    the mark its curves would show these steps twice.

    Args:
        step: the step at which training goes on.
        directory: the folder of the event files; the mark becomes one of them.
    """
    # Only the writer of TensorFlow 1 writes such a mark, and it refuses to work eagerly.
    start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    with tf.Graph().as_default(), tf.compat.v1.summary.FileWriter(str(directory)) as writer:
        writer.add_session_log(start, step + 1)


def _write_parameters(params: GanParams, name: str) -> None:
    """Write the parameters as text, and as the row `name` of the table of hyperparameters."""
    values = params.model_dump()
    tf.summary.text("parameters", f"```json\n{json.dumps(values, indent=2)}\n```")
    # The table takes numbers, strings and truth values only, each in a column of its own.
    values["dataset"] = values["dataset"]["type"]
    values["more_datasets"] = [spec["type"] for spec in values["more_datasets"]]
    for part in ("proposal", "temporal_proposal"):
        nested = values.pop(part) or {}
        values |= {f"{part}/{key}": value for key, value in nested.items()}
    flat = {
        key: ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in values.items()
        if value is not None
    }
    hparams.hparams(flat, trial_id=name)


def _write_layout() -> None:
    """Write which charts under "Custom Scalars" show several curves in one."""
    # TensorFlow has no function for a layout, so the plugin's message is written as it is.
    charts = [
        layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=[tag]))
        for title, tag in _CHARTS.items()
    ]
    layout = layout_pb2.Layout(category=[layout_pb2.Category(title="GAN", chart=charts)])
    summary = custom_scalar.pb(layout).SerializeToString()
    tf.summary.experimental.write_raw_pb(summary, step=0)


def _picture(poses: np.ndarray, skeleton: Skeleton, title: str) -> np.ndarray:
    """A picture [height, width, 3] uint8 of poses side by side."""
    from human_pose_util.vis.grid import grid

    canvas: Any = grid(poses, skeleton, title).canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]
