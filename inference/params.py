"""What an `inference_params/*.json` may say."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from human_pose_util.dataset import DatasetSpec
from human_pose_util.validation import StrictModel

Weight = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class InferenceParams(StrictModel):
    """One inference run.

    The objective is a weighted sum (`inference.objective` has the formulas); weights are for
    lengths in metres and pixels in thousands, as the paper's presets normalise them.

    Attributes:
        dataset: the sequences to infer; `filter_kwargs.modes` defaults to eval.
        gan_id: the GAN whose generator and critic are used.
        consistency_weight: of half the squared reprojection error.
        critic_weight: of minus the critic's value of the pose.
        smoothness_weight: of half the squared joint velocities.
        glide_weight: of the smallest squared joint speed in every time step.
        prior_weight: of half the squared norm of the latent vector.
        robust_loss: how a reprojection error counts: "none" (its square), "huber" or
            "geman_mcclure" (less than its square beyond `robust_scale`).
        robust_scale: in pixels.
        tol: relative change of the cost at which the optimiser stops.
        optimizer: "lm" (Levenberg–Marquardt, every frame its own problem) or "scipy" (L-BFGS-B on
            a whole sequence, as the paper did).
        n_starts: yaw angles, evenly spaced, from which every frame is fitted; the best counts.
        max_iterations: limit for one start.
        keep_hypotheses: how many different poses of every frame to store, the best among them;
            "lm" without smoothness and glide only.
    """

    dataset: DatasetSpec
    gan_id: str
    consistency_weight: Weight = 1.0
    critic_weight: Weight = 0.0
    smoothness_weight: Weight = 0.0
    glide_weight: Weight = 0.0
    prior_weight: Weight = 0.0
    robust_loss: Literal["none", "huber", "geman_mcclure"] = "none"
    robust_scale: Positive = 10.0
    tol: Positive = 1e-9
    optimizer: Literal["lm", "scipy"] = "lm"
    n_starts: Annotated[int, Field(ge=1, le=64)] = 1
    max_iterations: Annotated[int, Field(ge=1)] | None = None
    keep_hypotheses: Annotated[int, Field(ge=1, le=16)] = 1

    @model_validator(mode="after")
    def _something_to_minimise(self):
        weights = ("consistency", "critic", "smoothness", "glide", "prior")
        if not any(getattr(self, f"{name}_weight") for name in weights):
            raise ValueError("at least one of the weights must be positive")
        return self

    @model_validator(mode="after")
    def _hypotheses_of_single_frames(self):
        coupled = self.smoothness_weight or self.glide_weight
        if self.keep_hypotheses > 1 and (coupled or self.optimizer != "lm"):
            raise ValueError(
                "keep_hypotheses needs optimizer 'lm' without smoothness_weight and glide_weight"
            )
        return self
