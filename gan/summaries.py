"""What TensorBoard shows of a training run."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from gan.params import GanParams
from human_pose_util.skeleton import Skeleton

N_POSES = 12
N_BONE_SAMPLES = 2000
_TAGS = {
    "critic_loss": "loss/critic",
    "generator_loss": "loss/generator",
    "critic_real": "critic/real",
    "critic_fake": "critic/fake",
    "steps_per_second": "speed/steps_per_second",
}


class Summaries:
    """Writes a run's scalars, pictures and histograms; a context that closes the file.

    Args:
        directory: folder of the event files.
        params: shown as text.
        poses: [n_poses, n_joints, 3] real poses, for comparison.
        skeleton: theirs.
    """

    def __init__(self, directory: Path, params: GanParams, poses: np.ndarray, skeleton: Skeleton):
        self._writer = tf.summary.create_file_writer(str(directory))
        self._skeleton = skeleton
        self._z = tf.random.stateless_normal([N_BONE_SAMPLES, params.n_z], [params.seed, 1])
        text = json.dumps(params.model_dump(), indent=2)
        with self._writer.as_default(step=0):
            tf.summary.text("parameters", f"```json\n{text}\n```")
            stride = max(len(poses) // N_BONE_SAMPLES, 1)
            self._histograms("bone_length/real", poses[::stride])

    def __enter__(self) -> "Summaries":
        return self

    def __exit__(self, *error) -> None:
        self._writer.close()

    def scalars(self, step: int, metrics: dict[str, float]) -> None:
        """Losses, the critic's two sides and the speed."""
        with self._writer.as_default(step=step):
            for name, value in metrics.items():
                tf.summary.scalar(_TAGS[name], value)

    def pictures(self, step: int, generator: Generator) -> None:
        """Generated poses, always of the same latent vectors, and their bone lengths."""
        poses = generator(self._z).numpy()
        with self._writer.as_default(step=step):
            picture = _picture(poses[:N_POSES], self._skeleton, f"step {step}")
            tf.summary.image("poses", picture[None])
            self._histograms("bone_length/generated", poses)

    def _histograms(self, tag: str, poses: np.ndarray) -> None:
        bones = self._skeleton.bones
        lengths = np.linalg.norm(poses[:, bones[:, 0]] - poses[:, bones[:, 1]], axis=-1)
        for (child, _), values in zip(bones, lengths.T, strict=True):
            tf.summary.histogram(f"{tag}/{self._skeleton.joints[child]}", values)


def _picture(poses: np.ndarray, skeleton: Skeleton, title: str) -> np.ndarray:
    """[height, width, 3] uint8 of poses side by side."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from human_pose_util.vis.grid import grid

    canvas = FigureCanvasAgg(grid(poses, skeleton, title))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]
