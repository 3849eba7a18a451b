"""The keys of a parameter file `gan_params/*.json`.

Every default is that of the 3DV 2017 paper, except for `max_steps`: the paper trains 17 times as
long, which makes no better GAN (docs/accuracy.md).
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from gan.proposal_params import ProposalParams, Size, TemporalProposalParams
from human_pose_util.dataset import DatasetSpec, refuse_original_name
from human_pose_util.validation import StrictModel
from serialization import GAN_PARAMS_DIR, load_params

CLIP = 0.01
"""Default bound of the weights of a Wasserstein critic (Arjovsky et al. 2017)."""


class GanParams(StrictModel):
    """The parameters of one GAN.

    Attributes:
        dataset: the poses to learn; `filter_kwargs.modes` defaults to train.
        more_datasets: further data sets whose poses are learnt, in the same skeleton.
        more_weight: how much one of their poses counts, relative to a pose of `dataset`.
        rarity: how much rare poses count: 0 for every frame alike, 1 for every kind of pose alike
            (`gan.training.rarity`).
        loss_type: what critic and generator minimise (`gan.training.losses`).
        discriminator_clip_val: bound on every weight of the critic after each of its updates;
            null for none. Default: 0.01 for "wasserstein" without gradient penalty, else none.
        gradient_penalty_weight: weight of the gradient penalty (Gulrajani et al. 2017, who use
            10).
        r1_weight: weight of the penalty ½‖∇D‖² on the critic's slope at real poses (Mescheder et
            al. 2018).
        r2_weight: weight of the penalty ½‖∇D‖² at generated poses (Huang et al. 2024 use both).
        n_z: number of latent dimensions.
        activation: activation of the hidden layers of generator, critic and encoder.
        n_g: widths of the generator's hidden layers.
        n_c: widths of the critic's hidden layers.
        n_e: widths of the hidden layers of an encoder, poses to latent vectors; empty for no
            encoder. With one, the generator also decodes, as in a VAE-GAN (Larsen et al. 2016).
        reconstruction_weight: weight of half the squared error [subject heights²] of decoded poses.
        kl_weight: weight of the divergence of encoded poses from N(0, I).
        whiten: the networks work in whitened coordinates of poses (`gan.networks.whitening`).
        mirror: half of the poses are mirrored.
        bone_spread: standard deviation of the logarithm of random factors of bone lengths.
        limb_exchange: share of the poses that get arms or legs of another pose.
        lean: share of the poses that are tilted as a whole.
        generator_average: decay, per step, of a running mean of the generator's weights, which is
            then the trained generator (Karras et al. 2018); 0 for the weights themselves.
        batch_size: number of real poses in a step, and number of generated ones.
        n_critic_steps: updates of the critic for each update of the generator.
        label_smoothing: for "minimax" and "modified": the critic is to call a real pose real with
            the probability 1 − label_smoothing/2. The original's later branch uses 0.25.
        optimizer: update rule of generator, critic and encoder. Default: RMSProp, as in the
            original; but Adam with β = (0, 0.9) with a gradient penalty, as in the original, and
            for "relativistic". Proposal networks always use Adam.
        learning_rate: learning rate of generator, critic and encoder.
        max_steps: number of steps of a training that is not told how many. A step is
            `n_critic_steps` updates of the critic and one of the generator; the original counts
            every update, so 1e5 steps are 6e5 of the original's.
        proposal: a network that proposes poses from 2D joints (`gan.networks.proposal_network`);
            null for none.
        temporal_proposal: a network that proposes the poses of films
            (`gan.networks.temporal_network`); null for none. It needs `proposal`.
        seed: seed of the initial weights, the latent samples and the batches.
    """

    dataset: DatasetSpec
    more_datasets: list[DatasetSpec] = Field([])
    more_weight: PositiveFloat = 1.0
    rarity: Annotated[float, Field(ge=0, le=1)] = 0.0
    # The loss, and what bounds the slope of the critic.
    loss_type: Literal["wasserstein", "minimax", "modified", "least_squares", "relativistic"] = (
        "wasserstein"
    )
    discriminator_clip_val: PositiveFloat | None = None
    gradient_penalty_weight: NonNegativeFloat = 0.0
    r1_weight: NonNegativeFloat = 0.0
    r2_weight: NonNegativeFloat = 0.0
    # The networks.
    n_z: Size = 32
    activation: Literal["relu", "elu", "selu", "tanh", "softplus", "swish", "leaky_relu"] = "relu"
    n_g: list[Size] = Field([128, 64])
    n_c: list[Size] = Field([128, 64])
    n_e: list[Size] = Field([])
    reconstruction_weight: NonNegativeFloat = 0.0
    kl_weight: NonNegativeFloat = 0.0
    whiten: bool = False
    # How poses are varied before the networks learn them (`gan.training.augment`).
    mirror: bool = False
    bone_spread: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    limb_exchange: Annotated[float, Field(ge=0, le=1)] = 0.0
    lean: Annotated[float, Field(ge=0, le=1)] = 0.0
    # The training.
    generator_average: Annotated[float, Field(ge=0, lt=1)] = 0.0
    batch_size: Size = 128
    n_critic_steps: Size = 5
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    optimizer: Literal["rmsprop", "adam"] = "rmsprop"
    learning_rate: PositiveFloat = 1e-4
    max_steps: Annotated[int, Field(gt=0)] = 100_000
    # What is trained after the GAN.
    proposal: ProposalParams | None = None
    temporal_proposal: TemporalProposalParams | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    def required_proposal(self) -> ProposalParams:
        """The parameters of the proposal network; ValueError where there are none."""
        if self.proposal is None:
            raise ValueError("the parameters of this GAN have no proposal")
        return self.proposal

    def required_temporal_proposal(self) -> TemporalProposalParams:
        """The parameters of the temporal proposal network; ValueError where there are none."""
        if self.temporal_proposal is None:
            raise ValueError("the parameters of this GAN have no temporal_proposal")
        return self.temporal_proposal

    @model_validator(mode="before")
    @classmethod
    def _refuse_the_originals_format(cls, values: Any) -> Any:
        """A message for whoever brings a parameter file of the original repository."""
        if isinstance(values, dict):
            if "wgan_type" in values:
                is_clipped = values["wgan_type"] == "weight_clipped"
                bound = "discriminator_clip_val" if is_clipped else "gradient_penalty_weight"
                raise ValueError(
                    "key 'wgan_type' is the older format of the original: write "
                    f'"loss_type": "wasserstein", "{bound}": {CLIP if is_clipped else 10}'
                )
            refuse_original_name(values.get("dataset"), for_gan=True)
        return values

    @model_validator(mode="before")
    @classmethod
    def _fill_in_by_loss(cls, values: Any) -> Any:
        """Defaults that depend on the loss and on the gradient penalty.

        With a gradient penalty, and for "relativistic", the optimizer is Adam. For "wasserstein"
        without a penalty the critic's weights are clipped. These defaults are filled in before
        validation, where a key that is left out still differs from null.
        """
        if not isinstance(values, dict):
            return values  # no JSON object: the validation by pydantic reports that
        # Of both sides of |, the right one wins: what the file says stays, null too.
        loss_type = values.get("loss_type", "wasserstein")
        if values.get("gradient_penalty_weight") or loss_type == "relativistic":
            return {"optimizer": "adam"} | values
        clip = {"discriminator_clip_val": CLIP} if loss_type == "wasserstein" else {}
        return clip | values

    @model_validator(mode="after")
    def _wasserstein_needs_a_bound(self) -> Self:
        """A Wasserstein critic is a Lipschitz function: something has to bound its slope."""
        bounded = self.discriminator_clip_val is not None or self.gradient_penalty_weight > 0
        if self.loss_type == "wasserstein" and not bounded:
            raise ValueError(
                "loss_type 'wasserstein' needs discriminator_clip_val or gradient_penalty_weight"
            )
        return self

    @model_validator(mode="after")
    def _labels_that_can_be_smoothed(self) -> Self:
        """Only the cross-entropy of the critic has labels."""
        if self.label_smoothing and self.loss_type not in ("minimax", "modified"):
            raise ValueError("label_smoothing needs loss_type 'minimax' or 'modified'")
        return self

    @model_validator(mode="after")
    def _encoder_and_its_weights(self) -> Self:
        """An encoder is trained by the reconstruction loss alone, and nothing else uses it."""
        if bool(self.n_e) != (self.reconstruction_weight > 0):
            raise ValueError("n_e and reconstruction_weight need each other")
        if self.kl_weight and not self.n_e:
            raise ValueError("kl_weight needs n_e, the encoder whose poses it weighs")
        return self

    @model_validator(mode="after")
    def _poses_that_can_count_less(self) -> Self:
        """Only poses of further data sets have a weight of their own."""
        if self.more_weight != 1 and not self.more_datasets:
            raise ValueError("more_weight needs more_datasets, whose poses it weighs")
        return self

    @model_validator(mode="after")
    def _poses_have_one_unit(self) -> Self:
        """Poses are in subject heights, or in a unit that the file chooses."""
        for spec in (self.dataset, *self.more_datasets):
            if spec.normalize_kwargs.scale_to_height and spec.normalize_kwargs.space_scale != 1:
                raise ValueError(
                    "normalize_kwargs: with scale_to_height the unit is the subject's height: "
                    "leave space_scale out"
                )
        return self

    @model_validator(mode="after")
    def _temporal_proposal_refines_another(self) -> Self:
        """The network for films begins with the trained network for single frames."""
        if self.temporal_proposal is not None and self.proposal is None:
            raise ValueError("temporal_proposal needs proposal, the network that it refines")
        return self


def load_gan_params(gan_id: str, directory: Path | None = None) -> GanParams:
    """Read and validate the parameters of a GAN.

    Args:
        gan_id: names the file `gan_id.json`.
        directory: the folder of the file; by default the repository's `gan_params`.

    Raises:
        SpecError: there is no such file, or it has an unknown key or a wrong value.
    """
    return load_params(GanParams, "GAN", gan_id, directory or GAN_PARAMS_DIR)
