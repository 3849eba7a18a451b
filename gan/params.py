"""What a `gan_params/*.json` may say. Every default reproduces the 3DV 2017 paper."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from human_pose_util.dataset import DatasetSpec
from human_pose_util.validation import StrictModel
from serialization import GAN_PARAMS_DIR, load_params

Size = Annotated[int, Field(gt=0, le=65536)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class ProposalParams(StrictModel):
    """The proposal network of a GAN, trained after it.

    Attributes:
        n_hidden: units of a hidden layer.
        n_blocks: residual blocks of two hidden layers.
        steps: of the training.
        batch_size: examples in a step.
        learning_rate: the highest.
        generated_share: share of the poses that the generator makes; the others are of the data.
        spoilt_share: share of the examples that miss joints, and of those that have noise.
        missing: the largest share of joints that an example misses.
        noise: the largest standard deviation of an example's image points, in units of the
            spread of the person in the image.
        unplaced_share: share of the examples whose camera is not known.
    """

    n_hidden: Size = 512
    n_blocks: Size = 2
    steps: Annotated[int, Field(gt=0)] = 12_000
    batch_size: Size = 256
    learning_rate: Positive = 1e-3
    generated_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    spoilt_share: Annotated[float, Field(gt=0, le=1)] = 0.3
    missing: Annotated[float, Field(ge=0, lt=1)] = 0.5
    noise: Annotated[float, Field(ge=0, le=1)] = 0.06
    unplaced_share: Annotated[float, Field(ge=0, le=1)] = 0.15


class GanParams(StrictModel):
    """One GAN.

    Attributes:
        dataset: the poses to learn; `filter_kwargs.modes` defaults to train.
        loss_type: what critic and generator minimise (`gan.training.losses`).
        discriminator_clip_val: bound on every weight of the critic after each of its updates;
            null for none. Default: 0.01 for "wasserstein" without gradient penalty, else none.
        gradient_penalty_weight: weight of the gradient penalty (Gulrajani et al. 2017; 10 there).
        r1_weight: of half the squared slope of the critic at real poses (Mescheder et al. 2018).
        r2_weight: the same at generated ones (Huang et al. 2024 use both).
        n_z: latent dimensions.
        activation: of the hidden layers of both networks.
        n_g: widths of the generator's hidden layers.
        n_c: widths of the critic's hidden layers.
        n_e: widths of the hidden layers of an encoder, poses to latent vectors; empty for none.
            With one, the generator also decodes, as in a VAE-GAN (Larsen et al. 2016).
        reconstruction_weight: of half the squared error [subject heights] of decoded poses.
        kl_weight: of the divergence of encoded poses from N(0, I).
        whiten: the networks work in whitened coordinates of poses (`gan.networks.whitening`).
        mirror: half of the poses are mirrored.
        bone_spread: standard deviation of the logarithm of random factors of bone lengths.
        generator_average: decay, per step, of a running mean of the generator's weights, which is
            then the trained generator (Karras et al. 2018); 0 for the weights themselves.
        batch_size: poses in a step, real ones and generated ones each.
        n_critic_steps: updates of the critic to one of the generator.
        optimizer: update rule of all networks. Default: RMSProp for weight clipping, as in the
            paper; else Adam with β = (0, 0.9).
        learning_rate: of all networks.
        max_steps: of a training run that is not told how many.
        proposal: a network that proposes poses from 2D joints (`gan.networks.proposal_network`);
            null for none.
        seed: of the initial weights, the latent samples and the batches.
    """

    dataset: DatasetSpec
    loss_type: Literal["wasserstein", "minimax", "modified", "least_squares", "relativistic"] = (
        "wasserstein"
    )
    discriminator_clip_val: Positive | None = None
    gradient_penalty_weight: NonNegative = 0.0
    r1_weight: NonNegative = 0.0
    r2_weight: NonNegative = 0.0
    n_z: Size = 32
    activation: Literal["relu", "elu", "selu", "tanh", "softplus", "swish", "leaky_relu"] = "relu"
    n_g: list[Size] = Field([128, 64])
    n_c: list[Size] = Field([128, 64])
    n_e: list[Size] = Field([])
    reconstruction_weight: NonNegative = 0.0
    kl_weight: NonNegative = 0.0
    whiten: bool = False
    mirror: bool = False
    bone_spread: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    generator_average: Annotated[float, Field(ge=0, lt=1)] = 0.0
    batch_size: Size = 128
    n_critic_steps: Size = 5
    optimizer: Literal["rmsprop", "adam"] = "rmsprop"
    learning_rate: Positive = 1e-4
    max_steps: Annotated[int, Field(gt=0)] = 100_000
    proposal: ProposalParams | None = None
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

    @model_validator(mode="after")
    def _encoder_and_its_weights(self):
        if bool(self.n_e) != (self.reconstruction_weight > 0):
            raise ValueError("n_e and reconstruction_weight need each other")
        return self


def load_gan_params(gan_id: str, directory: Path | None = None) -> GanParams:
    """The parameters of a GAN.

    Args:
        gan_id: names the file `gan_id.json`.
        directory: where it is; by default the repository's `gan_params`.

    Raises:
        SpecError: there is no such GAN, or the file has an unknown key or a wrong value.
    """
    return load_params(GanParams, "GAN", gan_id, directory or GAN_PARAMS_DIR)
