"""The settings of searches for films, the one place of their defaults."""

from inference.settings import SearchSettings

PERSON = 390.0
"""Size of people [px] in the images for which the weights were chosen; images are scaled to it."""

SMOOTHNESS = 3e-6
"""Weight of the smoothness of motion: for a walk at 24 to 60 Hz, between jitter and lag."""

WITH_PROPOSALS = SearchSettings(
    critic_weight=3e-5, prior_weight=3e-6, proposal_weight=2e-6, tol=5e-3
)
WITHOUT_PROPOSALS = SearchSettings(prior_weight=3e-5, n_starts=8, tol=5e-3)
"""Settings for GANs with and without a proposal network, tuned on motion capture that virtual
hand-held cameras observe."""

ROBUST_SCALE = 15.0
"""Error of a keypoint [px, of a person of `PERSON` px] beyond which it pulls less in a stream."""
