"""A GAN by its id: its parameters, its networks as last saved, its training."""

from contextlib import AbstractContextManager
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from gan import checkpoint
from gan.networks import Critic, Generator
from gan.networks.proposal_network import Proposer, proposer_of
from gan.networks.whitening import Whitening
from gan.params import GanParams, load_gan_params
from human_pose_util.errors import DataError, SpecError
from human_pose_util.files import exclusive
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton
from human_pose_util.validation import parse
from serialization import gan_model_dir

_NETWORKS = ("_networks", "generator", "critic", "proposer")


class GanBuilder:
    """The GAN that `gan_params/<gan_id>.json` specifies.

    Args:
        gan_id: names the parameter file and the model's folder.
        gan_params_dir: where parameter files are; by default the repository's.
        models_dir: where models are; by default the repository's.

    Raises:
        SpecError: no such parameter file, or a wrong one.
    """

    def __init__(
        self, gan_id: str, gan_params_dir: Path | None = None, models_dir: Path | None = None
    ):
        self.gan_id = gan_id
        self.params: GanParams = load_gan_params(gan_id, gan_params_dir)
        self.model_dir = gan_model_dir(gan_id, models_dir)

    @property
    def checkpoint_dir(self) -> Path:
        """Where checkpoints are."""
        return self.model_dir / "checkpoints"

    @property
    def latest_checkpoint(self) -> Path | None:
        """The newest checkpoint file, None before any training."""
        return checkpoint.newest(self.checkpoint_dir)

    @property
    def proposal_dir(self) -> Path:
        """Where the proposal network of the newest checkpoint's GAN is."""
        return self.model_dir / f"proposal-{self.step:09d}"

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: what was loaded, but no networks."""
        return {k: v for k, v in self.__dict__.items() if k not in _NETWORKS}

    def load_checkpoint(self) -> checkpoint.Checkpoint:
        """The newest checkpoint.

        Raises:
            DataError: there is none, or it is broken.
            SpecError: it was trained with other parameters than the file now holds.
        """
        loaded = checkpoint.load_newest(self.checkpoint_dir)
        if loaded is None:
            raise DataError(
                f"GAN {self.gan_id!r} has no checkpoint in {self.checkpoint_dir}: "
                f"run `python train.py {self.gan_id}` first"
            )
        self.check_params(loaded)
        return loaded

    @cached_property
    def generator(self) -> Generator:
        """The trained generator: latent vectors → poses."""
        return self._networks[0]

    @cached_property
    def critic(self) -> Critic:
        """The trained critic: poses → logits."""
        return self._networks[1]

    @cached_property
    def proposer(self) -> Proposer | None:
        """The trained proposal network; None where the parameters have none.

        Raises:
            DataError: it is not trained to its end yet.
        """
        if self.params.proposal is None:
            return None
        proposer = proposer_of(self.params, self.skeleton)
        restore(proposer.variables, self._loaded_proposer)
        return proposer

    @cached_property
    def step(self) -> int:
        """Training steps behind the networks."""
        return self._loaded.step

    @cached_property
    def skeleton(self) -> Skeleton:
        """Skeleton of the generated poses."""
        return get_skeleton(self._loaded.meta["skeleton_id"])

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Poses of random latent vectors.

        Returns:
            [n, n_joints, 3] float32 in subject heights, z up, above the origin, facing front.
        """
        z = tf.random.stateless_normal([n, self.params.n_z], [seed, 0])
        return self.generator(z).numpy()

    def variant(self, model_dir: Path, **changes) -> "GanBuilder":
        """A GAN with other parameters and a model folder of its own."""
        other = copy(self)
        other.forget()
        other.params = self.params.model_copy(update=changes)
        other.model_dir = Path(model_dir)
        return other

    def train(self, max_steps: int, **options) -> Path:
        """Train up to `max_steps` from the latest checkpoint; see `gan.training.gan_run.fit`."""
        from gan.training.gan_run import fit

        self.forget()
        return fit(self, max_steps, **options)

    def exclusively(self) -> AbstractContextManager[None]:
        """A context in which no other process trains this GAN; DataError where one does."""
        busy = f"{self.model_dir}: another process is training this GAN"
        return exclusive(self.model_dir / "train.lock", busy)

    def forget(self) -> None:
        """Have what was loaded loaded anew when it is asked for."""
        for name in (*_NETWORKS, "_loaded", "_loaded_proposer", "step", "skeleton"):
            self.__dict__.pop(name, None)

    @cached_property
    def _loaded(self) -> checkpoint.Checkpoint:
        return self.load_checkpoint()

    @cached_property
    def _loaded_proposer(self) -> checkpoint.Checkpoint:
        loaded = checkpoint.load_newest(self.proposal_dir)
        if loaded is None or loaded.step < self.params.proposal.steps:
            raise DataError(
                f"the proposal network of GAN {self.gan_id!r} is not trained to its end: run "
                f"`python train.py {self.gan_id} --max_steps {self.step}`"
            )
        self.check_params(loaded)
        return loaded

    @cached_property
    def _networks(self) -> tuple[Generator, Critic]:
        p, n_joints = self.params, self.skeleton.n_joints
        name = "average" if p.generator_average else "generator"
        generator = Generator(p.n_z, p.n_g, n_joints, p.activation, p.seed, name)
        critic = Critic(n_joints, p.n_c, p.activation, p.seed)
        for network in (generator, critic):
            restore(network.variables, self._loaded)
        if p.whiten:
            whitening = Whitening(n_joints)
            restore(whitening.variables, self._loaded)
            whitening.fold_into_generator(generator)
            whitening.fold_into_critic(critic)
        return generator, critic

    def check_params(self, loaded: checkpoint.Checkpoint) -> None:
        """Raise SpecError if a checkpoint was trained with other parameters than these."""
        then = parse(GanParams, loaded.meta["params"], str(loaded.path)).model_dump()
        now = self.params.model_dump()
        without = {"max_steps"}
        if loaded.path.parent == self.checkpoint_dir:
            without |= {"proposal"}  # does not shape the GAN itself
        if "selected" in loaded.meta:
            without |= {"seed", "learning_rate"}  # those of the best member of a population
        if changed := [key for key in now if now[key] != then[key] and key not in without]:
            key = changed[0]
            raise SpecError(
                f"{loaded.path} was trained with {key} = {then[key]!r}, "
                f"{self.gan_id}.json says {now[key]!r}: restore the file, choose another gan_id, "
                f"or remove {self.model_dir}"
            )


def restore(variables, loaded: checkpoint.Checkpoint) -> None:
    """Assign a checkpoint's arrays to the variables of the same names.

    Raises:
        DataError: one is missing or has another shape.
    """
    for v in variables:
        name = v.name.split(":")[0]
        array = loaded.arrays.get(name)
        if array is None or array.shape != tuple(v.shape):
            raise DataError(f"{loaded.path}: {name} of shape {tuple(v.shape)} is not in it")
        v.assign(array.astype(v.dtype.as_numpy_dtype))


def arrays(variables) -> dict[str, np.ndarray]:
    """Values of variables by name, what `restore` takes."""
    return {v.name.split(":")[0]: v.numpy() for v in variables}
