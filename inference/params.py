"""What an `inference_params/*.json` may say."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from human_pose_util.dataset import DatasetSpec
from human_pose_util.validation import StrictModel
from inference.model.camera_knowledge import Camera
from serialization import INFERENCE_PARAMS_DIR, load_params

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
        proposal_weight: of half the squared distance from the pose that the GAN's proposal network
            makes of the image, in its own standard deviations. 0 starts there, before all yaw
            angles, without being pulled back; null does without the network.
        robust_loss: how a reprojection error counts: "none" (its square), "huber" or
            "geman_mcclure" (less than its square beyond `robust_scale`).
        robust_scale: in pixels.
        tol: relative change of the cost at which the optimiser stops.
        camera: what is known of the camera (`inference.model.camera_knowledge`); by default all.
        height: the subject's: "unknown" (solved for), "known" (the data set's own), or metres.
        optimizer: "lm" (Levenberg–Marquardt, every frame its own problem), "lbfgs" (L-BFGS,
            likewise) or "scipy" (L-BFGS-B on a whole sequence, as the paper did).
        n_starts: starts that every frame tries, the best of which is fitted: the proposal, where
            there is one, then yaw angles, evenly spaced.
        max_iterations: limit for a frame, after the stages in which it finds its way.
        keep_hypotheses: how many different poses of every frame to store, the best among them.
        path_weight: where it is not 0, every frame's pose is the one of its hypotheses, one from
            each start, that makes the sequence move smoothly: weight of half the squared joint
            velocities against the hypotheses' costs.
        uncertainty: store a standard deviation for every joint.
    """

    dataset: DatasetSpec
    gan_id: str
    consistency_weight: Weight = 1.0
    critic_weight: Weight = 0.0
    smoothness_weight: Weight = 0.0
    glide_weight: Weight = 0.0
    prior_weight: Weight = 0.0
    proposal_weight: Weight | None = None
    robust_loss: Literal["none", "huber", "geman_mcclure"] = "none"
    robust_scale: Positive = 10.0
    tol: Positive = 1e-9
    camera: Camera = Camera()
    height: Literal["known", "unknown"] | Positive = "unknown"
    optimizer: Literal["lm", "lbfgs", "scipy"] = "lm"
    n_starts: Annotated[int, Field(ge=1, le=64)] = 1
    max_iterations: Annotated[int, Field(ge=1)] | None = None
    keep_hypotheses: Annotated[int, Field(ge=1, le=16)] = 1
    path_weight: Weight = 0.0
    uncertainty: bool = False

    @model_validator(mode="after")
    def _something_to_minimise(self):
        weights = ("consistency", "critic", "smoothness", "glide", "prior")
        if not any(getattr(self, f"{name}_weight") for name in weights):
            raise ValueError("at least one of the weights must be positive")
        return self

    @model_validator(mode="after")
    def _alternatives_of_single_frames(self):
        coupled = self.smoothness_weight or self.glide_weight
        for name, asked in (
            ("keep_hypotheses", self.keep_hypotheses > 1),
            ("path_weight", self.path_weight > 0),
        ):
            if asked and (coupled or self.optimizer == "scipy"):
                raise ValueError(
                    f"{name} needs optimizer 'lm' or 'lbfgs' without smoothness_weight and "
                    "glide_weight"
                )
        return self


def load_inference_params(inference_id: str, directory: Path | None = None) -> InferenceParams:
    """The parameters of an inference run.

    Args:
        inference_id: names the file `inference_id.json`.
        directory: where it is; by default the repository's `inference_params`.

    Raises:
        SpecError: there is no such inference, or the file has an unknown key or a wrong value.
    """
    return load_params(
        InferenceParams, "inference", inference_id, directory or INFERENCE_PARAMS_DIR
    )
