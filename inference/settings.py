"""The description of a search: weights of the objective's terms, and how to minimise it.

The defaults of parameter files stand here. A parameter file, `infer_sequence_poses`
(`inference.sequence`) and the lifting of films (`lifting.settings`) all fill in a `SearchSettings`,
and `inference.search.pose_search.PoseSearch` takes it as it is.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, field_validator, model_validator

from human_pose_util.units import MM_PER_M
from human_pose_util.validation import StrictModel
from inference.model.camera_knowledge import CameraKnowledge

LEAST_HEIGHT, LARGEST_HEIGHT = 0.2, 3.0
"""Bounds of the height of a person [m], standing: a number in millimetres is an error."""

Weight = Annotated[float, Field(ge=0, le=1e12)]
"""The weight of a term: costs with larger ones overflow in single precision."""

PersonHeight = Annotated[float, Field(ge=LEAST_HEIGHT, le=LARGEST_HEIGHT)]

MOTION_WEIGHTS = ("smoothness_weight", "glide_weight", "contact_weight")
"""Names of the weights of terms that couple a frame to the next."""

SEQUENCE_WEIGHTS = (*MOTION_WEIGHTS, "floor_weight")
"""Names of the weights of terms that need the frames of a sequence in order of time."""

LENGTH_WEIGHTS = (*SEQUENCE_WEIGHTS, "path_weight")
"""Names of the weights of terms that have squared lengths in them, in the unit of the data."""

ITERATION_LIMITS = {"lm": 200, "scipy": 15_000}
"""`max_iterations` of each optimizer where the settings leave it open; that of SciPy is its own."""


class SearchSettings(StrictModel):
    """How to search for poses; every name is a key of the parameter files.

    The objective is a weighted sum (`inference.objective.frame_objective` has the formulas).
    Weights are for the units of the data, their `space_scale` and `pixel_scale`; those of the
    presets are for metres and thousands of pixels, as the paper's presets normalise their data.

    Attributes:
        consistency_weight: weight of half the squared reprojection error.
        critic_weight: weight of minus the critic's value of the pose.
        smoothness_weight: weight of half the squared joint velocities.
        smoothness_about: "rest" (velocities count as they are, as in the paper) or "trend" (their
            difference from the slow part of the motion counts, which a first fit tells:
            `inference.model.trend`).
        glide_weight: weight of the smallest squared joint speed in every time step.
        contact_weight: weight of half the squared velocities of feet that stand still, as the image
            and a first fit tell (`inference.model.contacts`).
        floor_weight: weight of half the squared distances of such feet from the floor, a plane that
            a first fit of the sequence tells (`inference.model.floor`).
        prior_weight: weight of half the squared norm of the latent vector.
        proposal_weight: weight of half the squared distance from the pose that the GAN's proposal
            network proposes for the image, in the network's own standard deviations. With 0 the
            search starts at the proposal, before all yaw angles, and nothing pulls it back there.
            With null the network is not used.
        film_proposals: whether a GAN's network for films proposes the poses of sequences, where
            the GAN has one; false for proposals from each frame alone.
        body_weight: weight of half the squared distance [subject heights²] of the lengths of bones
            from those that the frames of a sequence share, and that the search solves for; 0 for
            poses with bones of their own.
        refinement: assumed standard deviation of an image point [px] with which poses are refined:
            joints leave the fitted pose by a few centimetres, so that image points and the bones of
            one body agree (`inference.search.refinement`); null for poses as the generator makes
            them.
        robust_loss: how a reprojection error counts: "none" (its square), "huber" or
            "geman_mcclure" (less than its square beyond `robust_scale`).
        robust_scale: error [px] beyond which a robust loss grows more slowly than the square.
        tol: relative change of the cost at which the optimizer stops, or what single precision
            resolves where that is more (3e-5, with "lm" and independent frames).
        camera: what is known of the camera; default: everything.
        height: height of the subject: "unknown" (the search solves for it), "known" (the data
            have it), or a number of metres.
        body: lengths of the bones that `body_weight` holds: "unknown" (the search solves for them,
            for each sequence), "known" (the observations have them, as those of films do), or
            "subject" (a run over a data set first finds the body of each subject, height and
            lengths, which all sequences of the subject then share).
        optimizer: "lm" (Levenberg–Marquardt; every frame is a problem of its own unless a motion
            term couples it to its neighbours) or "scipy" (L-BFGS-B on a whole sequence, as in the
            paper; `inference.solvers.scipy_lbfgsb` names what differs).
        n_starts: number of starts that every frame tries; the best is fitted to the end. The
            proposal, where there is one, is the first, evenly spaced yaw angles follow.
        neighbour_starts: whether a frame whose cost is above that of a neighbour starts again from
            the neighbour's pose (`inference.solvers.neighbour_starts`); of the optimizer "lm".
        max_iterations: limit on the iterations of a frame, after the stages in which its kinks are
            sharpened. Default: `ITERATION_LIMITS` of the optimizer.
        keep_hypotheses: number of different poses of every frame to keep, the best among them.
        path_weight: weight of half the squared joint velocities against the costs of hypotheses.
            Where it is not 0, the pose of each frame is the one of its hypotheses that makes the
            sequence move smoothly.
        uncertainty: whether to compute a standard deviation for every joint.
    """

    consistency_weight: Weight = 1.0
    critic_weight: Weight = 0.0
    smoothness_weight: Weight = 0.0
    smoothness_about: Literal["rest", "trend"] = "rest"
    glide_weight: Weight = 0.0
    contact_weight: Weight = 0.0
    floor_weight: Weight = 0.0
    prior_weight: Weight = 0.0
    proposal_weight: Weight | None = None
    film_proposals: bool = True
    body_weight: Weight = 0.0
    refinement: PositiveFloat | None = None
    robust_loss: Literal["none", "huber", "geman_mcclure"] = "none"
    robust_scale: PositiveFloat = 10.0
    tol: PositiveFloat = 1e-9
    camera: CameraKnowledge = CameraKnowledge()
    height: Literal["known", "unknown"] | PersonHeight = "unknown"
    body: Literal["unknown", "known", "subject"] = "unknown"
    optimizer: Literal["lm", "scipy"] = "lm"
    n_starts: Annotated[int, Field(ge=1, le=64)] = 1
    neighbour_starts: bool = True
    max_iterations: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    keep_hypotheses: Annotated[int, Field(ge=1, le=32)] = 1
    path_weight: Weight = 0.0
    uncertainty: bool = False

    @property
    def ties_frames(self) -> bool:
        """Whether a term of the objective ties a frame's pose to those of its neighbours."""
        return any(getattr(self, name) > 0 for name in SEQUENCE_WEIGHTS)

    @property
    def couples_frames(self) -> bool:
        """Whether the frames of a sequence are one problem for the optimizer."""
        return self.ties_frames or self.optimizer == "scipy"

    @property
    def has_contacts(self) -> bool:
        """Whether it matters which feet stand still."""
        return self.contact_weight > 0 or self.floor_weight > 0

    @property
    def iteration_limit(self) -> int:
        """The limit on the iterations of a frame, or of a sequence of coupled frames."""
        return self.max_iterations or ITERATION_LIMITS[self.optimizer]

    def in_metres(self, space_scale: float) -> "SearchSettings":
        """The settings for a search in metres that weighs motion as these do in another unit.

        Args:
            space_scale: the unit of lengths for which the weights of velocities and of distances
                from the floor are given [mm].
        """
        # These terms are w·‖v‖² for lengths v. In metres ‖v‖² is smaller by (1000/space_scale)²,
        # so the weight has to be larger by the same factor.
        square = (MM_PER_M / space_scale) ** 2
        weights = {name: square * getattr(self, name) for name in LENGTH_WEIGHTS}
        return self.model_copy(update=weights)

    @field_validator("optimizer", mode="before")
    @classmethod
    def _no_batched_lbfgs(cls, value: Any) -> Any:
        if value == "lbfgs":
            raise ValueError(
                "the batched L-BFGS is no longer offered: use 'lm', which is faster and ends at "
                "lower costs, or 'scipy', the paper's L-BFGS-B"
            )
        return value

    @model_validator(mode="after")
    def _something_to_minimise(self):
        # The terms of bodies, feet and proposals only add to one of these.
        weights = ("consistency", "critic", "smoothness", "glide", "prior")
        if not any(getattr(self, f"{name}_weight") for name in weights):
            names = ", ".join(f"{name}_weight" for name in weights)
            raise ValueError(f"at least one of the weights must be positive: {names}")
        return self

    @model_validator(mode="after")
    def _a_trend_needs_a_first_fit(self):
        # The trend is that of a first fit, frame by frame; `scipy` fits a whole sequence at once.
        if self.smoothness_about == "trend" and self.optimizer == "scipy":
            raise ValueError("smoothness_about 'trend' needs optimizer 'lm'")
        if self.smoothness_about == "trend" and not self.smoothness_weight:
            raise ValueError("smoothness_about 'trend' needs a smoothness_weight that is not 0")
        return self

    @model_validator(mode="after")
    def _a_robust_scale_needs_a_robust_loss(self):
        default = type(self).model_fields["robust_scale"].default
        if self.robust_loss == "none" and self.robust_scale != default:
            raise ValueError("robust_scale needs robust_loss 'huber' or 'geman_mcclure'")
        return self

    @model_validator(mode="after")
    def _a_body_needs_weight(self):
        if self.body != "unknown" and not self.body_weight:
            raise ValueError(f"body {self.body!r} needs a body_weight that is not 0")
        return self

    @model_validator(mode="after")
    def _a_refinement_needs_a_body(self):
        if self.refinement is not None and not self.body_weight:
            raise ValueError("refinement needs a body_weight that is not 0")
        return self

    @model_validator(mode="after")
    def _hypotheses_need_independent_frames(self):
        # Hypotheses are chosen frame by frame. Coupled frames have one motion as their result.
        for name, is_set in (
            ("keep_hypotheses", self.keep_hypotheses > 1),
            ("path_weight", self.path_weight > 0),
        ):
            if is_set and self.couples_frames:
                others = ", ".join(SEQUENCE_WEIGHTS)
                raise ValueError(f"{name} needs optimizer 'lm' without {others}")
        return self
