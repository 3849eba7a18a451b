"""The keys of a GAN's parameter file that describe its proposal networks."""

from typing import Annotated

from pydantic import Field, PositiveFloat

from human_pose_util.validation import StrictModel

# The bound turns a slip of the keyboard into a message before arrays fill the memory.
Size = Annotated[int, Field(gt=0, le=65536)]


class ProposalParams(StrictModel):
    """The proposal network of a GAN, which is trained after the GAN.

    Attributes:
        n_hidden: number of units in a hidden layer of each part of the body: an arm, a leg, or the
            rest (`gan.networks.part_network`).
        n_told: number of values that each part tells the others before every layer.
        n_blocks: number of residual blocks, of two hidden layers each.
        steps: number of training steps.
        batch_size: number of examples in a step.
        learning_rate: the highest learning rate of the schedule.
        generated_share: share of the poses that the generator makes; the others are of the data.
        spoilt_share: share of the examples in which joints are missing, and share of the examples
            whose image points are noisy; the two are drawn independently.
        missing: the largest share of joints that are missing in an example.
        noise: the largest standard deviation of the noise of an example's image points, in units
            of about the person's spread in the image (`gan.training.virtual_cameras.noise_unit`).
        unplaced_share: share of the examples whose camera is unknown.
        layout_share: share of the examples that show only the joints which the keypoints of a
            detector show, COCO-17's for example.
    """

    n_hidden: Size = 160
    n_told: Size = 16
    n_blocks: Size = 2
    steps: Annotated[int, Field(gt=0)] = 12_000
    batch_size: Size = 256
    learning_rate: PositiveFloat = 1e-3
    generated_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    # The share divides (`gan.training.draw.Draw.severity`), so it is not 0.
    spoilt_share: Annotated[float, Field(gt=0, le=1)] = 0.3
    missing: Annotated[float, Field(ge=0, lt=1)] = 0.5
    noise: Annotated[float, Field(ge=0, le=1)] = 0.06
    unplaced_share: Annotated[float, Field(ge=0, le=1)] = 0.15
    layout_share: Annotated[float, Field(ge=0, le=1)] = 0.0


class TemporalProposalParams(StrictModel):
    """The proposal network for films of a GAN, which is trained after that for single frames.

    Attributes:
        n_hidden: number of units in a hidden layer.
        steps: number of training steps.
        batch_size: number of virtual films in a step.
        n_frames: number of frames of a virtual film.
        learning_rate: the highest learning rate of the schedule.
    """

    n_hidden: Size = 160
    steps: Annotated[int, Field(gt=0)] = 2000
    batch_size: Size = 24
    n_frames: Annotated[int, Field(ge=2, le=4096)] = 40
    learning_rate: PositiveFloat = 1e-3
