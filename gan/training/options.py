"""What a user chooses about a training, beside the number of its steps."""

import math
from dataclasses import dataclass

WORTH_COMPILING = 5000
"""A training of about this many steps takes as long without XLA as with XLA and its compilation."""

FILMS_WORTH_COMPILING = math.inf
"""The number of steps from which on a compilation pays for a proposal network for films: XLA does
not make its training faster."""


@dataclass(frozen=True)
class TrainingOptions:
    """The options that all runs of a training have in common.

    Attributes:
        jit: compile loops with XLA; None to compile those that are faster with XLA.
        progress: show progress bars.
        patience: for how many steps the sliced Wasserstein distance between generated and real
            poses may fail to improve while a GAN is trained alone; None for any number.
    """

    jit: bool | None = None
    progress: bool = True
    patience: int | None = None

    def is_compiled(self, n_steps: int, worth_compiling: float = WORTH_COMPILING) -> bool:
        """Whether a training is compiled with XLA.

        The two ways round differently. So all steps decide, not those that are left: a training
        that was interrupted ends as one that was not.

        Args:
            n_steps: the number of steps of the whole training.
            worth_compiling: from how many steps on XLA saves more time than it costs.
        """
        return n_steps >= worth_compiling if self.jit is None else self.jit
