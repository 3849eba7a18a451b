"""Training sessions: which runs train a GAN or a population, and from which checkpoint."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from gan import checkpoint
from gan.builder import GanBuilder
from gan.proposal_folders import other_steps
from gan.training.driver import drive
from gan.training.gan_run import GanRun
from gan.training.options import TrainingOptions
from gan.training.population_checkpoints import standing_of
from gan.training.population_run import PopulationRun
from gan.training.proposal_run import ProposalRun, film_run, frame_run
from human_pose_util.errors import DataError, SpecError, about


def train(
    gan: GanBuilder,
    max_steps: int,
    jit: bool | None = None,
    progress: bool = True,
    patience: int | None = None,
) -> Path:
    """Train a GAN from its latest checkpoint up to a step, then the proposal networks that it has.

    A training that is interrupted at any moment goes on, at the next call, as if it had not been
    interrupted; only the patience begins anew.

    Args:
        gan: the GAN; what it has loaded before is loaded anew afterwards.
        max_steps: the step at which training ends, steps of earlier calls counted.
        jit: compile the loops with XLA; by default where that saves more time than it costs.
        progress: show progress bars.
        patience: end the training of the GAN when the sliced Wasserstein distance between
            generated and real poses, measured every 10 000 steps, has not improved for so many
            steps; by default never. A GAN whose training has ended in this way is not trained
            further with the same patience, or less.

    Returns:
        The latest checkpoint of the GAN.

    Raises:
        SpecError: the latest checkpoint was trained with other parameters, or is the best of a
            population and would be trained further.
        DataError: the data or the checkpoint are broken, training diverges, or another process
            trains this GAN.
    """
    options = TrainingOptions(jit, progress, patience)
    gan.forget()  # what is cached may be of an earlier checkpoint
    if is_trained(gan, max_steps, patience):
        return gan.gan_checkpoint.path  # nothing is written, so a folder may be read-only
    with gan.exclusively():
        gan.forget()  # another process may have trained it until now
        resumed = gan.gan_checkpoint if gan.latest_checkpoint else None
        if resumed is None or not _is_at_its_end(resumed, max_steps, patience):
            if resumed is not None and "selected" in resumed.meta:
                raise SpecError(
                    f"{gan.gan_id} is the best of a population at step {resumed.step}: to train "
                    "further, train the population with the flags that it had"
                )
            # The data that the parameters name are loaded here, so errors name their file.
            with about(f"{gan.gan_id}.json"):
                run = GanRun(gan, resumed, max_steps, options)
            drive(run, progress)
            gan.forget()  # what is cached is that of the step before
        # Proposal networks propose latent vectors, too, so they follow the GAN of its last step.
        p, t = gan.params.proposal, gan.params.temporal_proposal
        if p is not None:
            _train_proposal(gan, frame_run, gan.proposal_dir, p.steps, options)
        if t is not None:
            _train_proposal(gan, film_run, gan.temporal_dir, t.steps, options)
        return gan.gan_checkpoint.path


def train_population(
    gan: GanBuilder,
    members: Mapping[str, GanBuilder],
    max_steps: int,
    jit: bool | None = None,
    progress: bool = True,
) -> dict[str, GanBuilder]:
    """Train a population in one compiled program, from its latest checkpoints up to a step.

    Members that have diverged before are left as they are.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name (`gan.training.population.members_of`).
        max_steps: the step at which training ends, steps of earlier calls counted.
        jit: compile the loop with XLA; by default where that saves more time than it costs.
        progress: show a progress bar.

    Returns:
        The members that have not diverged, by name.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: the data or a checkpoint are broken, the members' checkpoints have no step in
            common, all members diverge, or another process trains this GAN.
    """
    with gan.exclusively():
        standing = standing_of(members)
        if standing.step < max_steps:
            with about(f"{gan.gan_id}.json"):
                options = TrainingOptions(jit, progress)
                run = PopulationRun(gan, members, standing, max_steps, options)
            drive(run, progress)
            standing = standing_of(members)
        return dict(standing.members)


def is_trained(gan: GanBuilder, max_steps: int, patience: int | None = None) -> bool:
    """Whether `train` has nothing left to do for a GAN and its proposal networks.

    Args:
        gan: the GAN.
        max_steps: see `train`.
        patience: see `train`.

    Raises:
        SpecError: the latest checkpoint was trained with other parameters.
        DataError: the latest checkpoint is broken.
    """
    if gan.latest_checkpoint is None:
        return False
    if not _is_at_its_end(gan.gan_checkpoint, max_steps, patience):
        return False
    try:  # both are None where the parameters have no such network
        _ = gan.proposal_checkpoint, gan.temporal_checkpoint
    except DataError:  # a network is not trained to its end
        return False
    return True


def _is_at_its_end(loaded: checkpoint.Checkpoint, max_steps: int, patience: int | None) -> bool:
    """Whether a GAN's checkpoint has all of its steps, or as much patience has ended it."""
    was_ended = patience is not None and patience <= loaded.meta.get("patience", 0)
    return was_ended or loaded.step >= max_steps


def _train_proposal(
    gan: GanBuilder,
    make_run: Callable[[GanBuilder, checkpoint.Checkpoint | None, TrainingOptions], ProposalRun],
    directory: Path,
    steps: int,
    options: TrainingOptions,
) -> None:
    """Train a proposal network of a trained GAN, or go on training it.

    Args:
        gan: the trained GAN.
        make_run: makes the run of the network.
        directory: the folder of its checkpoints; those of the GAN at other steps are removed.
        steps: the number of its steps.
        options: what the user chooses.
    """
    for stale in other_steps(directory):
        shutil.rmtree(stale)
    resumed = checkpoint.load_newest(directory)
    if resumed is not None:
        gan.check_params(resumed)
        if resumed.step >= steps:
            return
    with about(f"{gan.gan_id}.json"):
        run = make_run(gan, resumed, options)
    drive(run, options.progress)
