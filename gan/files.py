"""A GAN by its id: its parameters, and the checkpoints in its model folder."""

from contextlib import AbstractContextManager
from copy import copy
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from gan import checkpoint
from gan.checkpoint import Arrays
from gan.params import GanParams, load_gan_params
from gan.proposal_folders import FILMS, FRAMES, folder_of, kind_of
from human_pose_util.errors import DataError, SpecError
from human_pose_util.files import exclusive
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton
from human_pose_util.validation import parse
from serialization import gan_model_dir

_PROPOSALS = {"proposal", "temporal_proposal"}  # the parameters of proposal networks


class GanFiles:
    """The GAN that `gan_params/<gan_id>.json` describes, as it is stored.

    Checkpoints are loaded when they are first asked for.

    Args:
        gan_id: names the parameter file and the model folder.
        gan_params_dir: the folder of the parameter files; by default the repository's.
        models_dir: the folder of the models; by default the repository's.

    Attributes:
        gan_id: the id.
        params: the parameters.
        model_dir: the model folder, with checkpoints and TensorBoard logs.

    Raises:
        SpecError: there is no such parameter file, or it has an unknown key or a wrong value.
    """

    def __init__(
        self, gan_id: str, gan_params_dir: Path | None = None, models_dir: Path | None = None
    ):
        self.gan_id = gan_id
        self.params: GanParams = load_gan_params(gan_id, gan_params_dir)
        self.model_dir = gan_model_dir(gan_id, models_dir)

    @property
    def checkpoint_dir(self) -> Path:
        """The folder of the checkpoints."""
        return self.model_dir / "checkpoints"

    @property
    def latest_checkpoint(self) -> Path | None:
        """The newest checkpoint file; None before any training."""
        return checkpoint.newest(self.checkpoint_dir)

    @property
    def proposal_dir(self) -> Path:
        """The folder of the proposal network that belongs to the newest checkpoint."""
        return folder_of(self.model_dir, FRAMES, self.step)

    @property
    def temporal_dir(self) -> Path:
        """The folder of the proposal network for films that belongs to the newest checkpoint."""
        return folder_of(self.model_dir, FILMS, self.step)

    def load(self) -> list[checkpoint.Checkpoint]:
        """Load the newest checkpoints of the GAN and of the proposal networks that it has.

        Raises:
            DataError: a network is not trained to its end, or a checkpoint is broken.
            SpecError: one was trained with other parameters than the file now holds.
        """
        loaded = self.gan_checkpoint, self.proposal_checkpoint, self.temporal_checkpoint
        return [one for one in loaded if one is not None]

    @property
    def step(self) -> int:
        """The number of training steps behind the networks."""
        return self.gan_checkpoint.step

    @cached_property
    def skeleton(self) -> Skeleton:
        """The skeleton of the generated poses."""
        return get_skeleton(self.gan_checkpoint.meta["skeleton_id"])

    def variant(self, model_dir: Path, **changes: Any) -> Self:
        """A GAN with other parameters and a model folder of its own.

        Args:
            model_dir: the model folder of the variant.
            **changes: new values of parameters by name.

        Raises:
            SpecError: a value is out of its range.
        """
        other = copy(self)
        other.forget()
        other.params = parse(GanParams, self.params.model_dump() | changes, self.gan_id)
        other.model_dir = Path(model_dir)
        return other

    def exclusively(self) -> AbstractContextManager[None]:
        """A context in which no other process trains this GAN; DataError where one does."""
        busy = f"{self.model_dir}: another process is training this GAN"
        return exclusive(self.model_dir / "train.lock", busy)

    def forget(self) -> None:
        """Forget what is loaded, so that it is loaded anew when it is next asked for."""
        # A cached property keeps its value in the instance's dictionary, and computes it anew once
        # it is removed from there. Those of a subclass count, too.
        for name in list(self.__dict__):
            if isinstance(getattr(type(self), name, None), cached_property):
                del self.__dict__[name]

    def save_checkpoint(
        self, directory: Path, step: int, skeleton: Skeleton, arrays: Arrays, **meta: Any
    ) -> bool:
        """Write a checkpoint of this GAN or of its proposal network, unless training has diverged.

        Args:
            directory: `checkpoint_dir`, `proposal_dir` or `temporal_dir`.
            step: the number of training steps so far.
            skeleton: the skeleton of the poses.
            arrays: the variables of the training by name; nothing is written if one is not finite.
            **meta: what the checkpoint says about itself besides the GAN's id and parameters, the
                step, the skeleton, and the versions of the packages that compute.

        Returns:
            Whether the checkpoint is written.
        """
        if not checkpoint.all_finite(arrays):
            return False
        described = {
            "gan_id": self.gan_id,
            "step": step,
            "skeleton_id": skeleton.id,
            "params": self.params.model_dump(),
            "versions": {name: version(name) for name in ("tensorflow", "numpy")},
        }
        checkpoint.save(directory, described | meta, arrays)
        return True

    def check_params(self, loaded: checkpoint.Checkpoint) -> None:
        """Check that a checkpoint was trained with these parameters.

        Raises:
            SpecError: it was trained with others.
            DataError: its parameters are those of another version of the project.
        """
        # Both sides are validated and complete, so a default that is spelt out is no difference.
        try:
            then = parse(GanParams, loaded.meta["params"], str(loaded.path)).model_dump()
        except SpecError:
            raise loaded.refused("has parameters that this version does not take") from None
        now = self.params.model_dump()
        # A network shapes those that are trained after it, but not those before.
        later = {FILMS: set(), FRAMES: {"temporal_proposal"}, None: _PROPOSALS}
        irrelevant = {"max_steps"} | later[kind_of(loaded.path.parent)]
        if "selected" in loaded.meta:
            irrelevant |= {"seed", "learning_rate"}  # those of the best member of a population
        relevant = [key for key in now if key not in irrelevant and now[key] != then[key]]
        if relevant:
            key, before, after = _difference(relevant[0], then[relevant[0]], now[relevant[0]])
            # A proposal network can be trained anew without the GAN.
            obsolete = loaded.path.parent if _PROPOSALS.issuperset(relevant) else self.model_dir
            raise SpecError(
                f"{loaded.path} was trained with {key} = {before!r}, {self.gan_id}.json "
                f"says {after!r}: restore the file, choose another gan_id, or remove {obsolete}"
            )

    @cached_property
    def gan_checkpoint(self) -> checkpoint.Checkpoint:
        """The newest checkpoint of the GAN itself.

        Raises:
            DataError: there is no checkpoint, or it is broken.
            SpecError: it was trained with other parameters than the file now holds.
        """
        loaded = checkpoint.load_newest(self.checkpoint_dir)
        if loaded is None:
            raise DataError(
                f"GAN {self.gan_id!r} has no checkpoint in {self.checkpoint_dir}: "
                f"run `python train.py {self.gan_id}` first, or give another folder of models as "
                "`models_dir`"
            )
        self.check_params(loaded)
        return loaded

    @cached_property
    def proposal_checkpoint(self) -> checkpoint.Checkpoint | None:
        """The last checkpoint of the proposal network; None where the parameters have no proposal.

        Raises:
            DataError: the network is not trained to its end yet, or a checkpoint is broken.
            SpecError: it was trained with other parameters than the file now holds.
        """
        p = self.params.proposal
        network = "proposal network"
        return None if p is None else self._finished(network, self.proposal_dir, p.steps)

    @cached_property
    def temporal_checkpoint(self) -> checkpoint.Checkpoint | None:
        """The last checkpoint of the proposal network for films; None where there is to be none.

        Raises:
            DataError: the network is not trained to its end yet, or a checkpoint is broken.
            SpecError: it was trained with other parameters than the file now holds.
        """
        p = self.params.temporal_proposal
        network = "proposal network for films"
        return None if p is None else self._finished(network, self.temporal_dir, p.steps)

    def _finished(self, network: str, directory: Path, steps: int) -> checkpoint.Checkpoint:
        """The checkpoint of a proposal network that is trained for so many steps."""
        loaded = checkpoint.load_newest(directory)
        if loaded is None or loaded.step < steps:
            raise DataError(
                f"the {network} of GAN {self.gan_id!r} is not trained to its end: run "
                f"`python train.py {self.gan_id} --max_steps {self.step}`"
            )
        self.check_params(loaded)
        return loaded


def _difference(key: str, before: Any, after: Any) -> tuple[str, Any, Any]:
    """The innermost value that differs: its key (such as "proposal.steps"), before and after."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            one, other = before.get(name), after.get(name)
            if one != other:
                return _difference(f"{key}.{name}", one, other)
    return key, before, after
