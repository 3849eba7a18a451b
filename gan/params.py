"""What a `gan_params/*.json` may say. Every default reproduces the 3DV 2017 paper."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from human_pose_util.dataset import DatasetSpec
from human_pose_util.validation import StrictModel

Size = Annotated[int, Field(gt=0, le=65536)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class GanParams(StrictModel):
    """One GAN.

    Attributes:
        dataset: the poses to learn; `filter_kwargs.modes` defaults to train.
        loss_type: what critic and generator minimise (`gan.losses`).
        discriminator_clip_val: bound on every weight of the critic after each of its updates;
            null for none. Default: 0.01 for "wasserstein" without gradient penalty, else none.
        gradient_penalty_weight: weight of the gradient penalty (Gulrajani et al. 2017; 10 there).
        n_z: latent dimensions.
        activation: of the hidden layers of both networks.
        n_g: widths of the generator's hidden layers.
        n_c: widths of the critic's hidden layers.
        batch_size: poses in a step, real ones and generated ones each.
        n_critic_steps: updates of the critic to one of the generator.
        optimizer: update rule of both networks. Default: RMSProp for weight clipping, as in the
            paper; else Adam with β = (0, 0.9).
        learning_rate: of both networks.
        seed: of the initial weights, the latent samples and the batches.
    """

    dataset: DatasetSpec
    loss_type: Literal["wasserstein", "minimax", "modified", "least_squares"] = "wasserstein"
    discriminator_clip_val: Positive | None = None
    gradient_penalty_weight: NonNegative = 0.0
    n_z: Size = 32
    activation: Literal["relu", "elu", "selu", "tanh", "softplus", "swish", "leaky_relu"] = "relu"
    n_g: list[Size] = Field([128, 64])
    n_c: list[Size] = Field([128, 64])
    batch_size: Size = 128
    n_critic_steps: Size = 5
    optimizer: Literal["rmsprop", "adam"] = "rmsprop"
    learning_rate: Positive = 1e-4
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @model_validator(mode="before")
    @classmethod
    def _fill_in_by_loss(cls, values):
        if not isinstance(values, dict):
            return values
        clips = values.get("loss_type", "wasserstein") == "wasserstein" and not values.get(
            "gradient_penalty_weight"
        )
        filled = {"optimizer": "rmsprop" if clips else "adam"}
        if clips:
            filled["discriminator_clip_val"] = 0.01
        return filled | values

    @model_validator(mode="after")
    def _wasserstein_needs_a_bound(self):
        bounded = self.discriminator_clip_val is not None or self.gradient_penalty_weight > 0
        if self.loss_type == "wasserstein" and not bounded:
            raise ValueError(
                "loss_type 'wasserstein' needs discriminator_clip_val or gradient_penalty_weight"
            )
        return self
