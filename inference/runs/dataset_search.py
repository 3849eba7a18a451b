"""The search for the sequences of a data set, and what the data set knows of its subjects."""

from collections.abc import Callable, Mapping

from gan import GanBuilder
from human_pose_util.dataset import Dataset, load_dataset
from human_pose_util.errors import DataError
from human_pose_util.registry import get_converter
from inference.params import InferenceParams
from inference.runs.groups import n_frames_of
from inference.search.pose_search import PoseSearch
from inference.solvers.execution import Execution, execution_for


def search_for(
    dataset: Dataset, params: InferenceParams, gan: GanBuilder, execution: Execution | None = None
) -> PoseSearch:
    """The search for the sequences of a data set.

    Args:
        dataset: its skeleton and its units count.
        params: the settings of the search.
        gan: the trained GAN.
        execution: how the search is computed; by default the faster way for all frames of the data
            set.

    Raises:
        SpecError: no conversion between the skeletons, or proposals that the GAN does not have.
        DataError: the GAN is not trained, or not to its end; or the units of sequences differ.
    """
    converter = get_converter(gan.skeleton.id, dataset.attrs["skeleton_id"])
    attrs = [sequence.attrs for sequence in dataset.values()]
    units = {(float(a["space_scale"]), float(a["pixel_scale"])) for a in attrs}
    if len(units) > 1:
        raise DataError(
            "sequences of one run need the same space_scale and pixel_scale: leave "
            "normalize_kwargs.scale_to_height out, and give the data the same units"
        )
    space_scale, pixel_scale = units.pop()
    # All sequences count, the finished ones too: a run that goes on computes as before.
    execution = execution or execution_for(n_frames_of(dataset, dataset) * params.n_starts)
    return PoseSearch(gan, params, converter, space_scale, pixel_scale, execution)


def heights_of(params: InferenceParams) -> Callable[[str, Mapping], float | None]:
    """The function that tells the heights of subjects that the data set knows.

    The search itself uses a height that the parameters give in metres.

    Args:
        params: the parameters of the run.

    Returns:
        (key, attributes of a sequence) → height in the sequence's unit of lengths, or None.
    """
    if params.height != "known":
        return lambda key, attrs: None
    # Data in subject heights state how long their unit is: `space_scale` is the subject's height in
    # mm, and that over the `space_scale` of the run's data is the height in the run's unit.
    in_heights = {"scale_to_height": True, "space_scale": 1.0}
    kwargs = params.dataset.normalize_kwargs.model_copy(update=in_heights)
    spec = params.dataset.model_copy(update={"normalize_kwargs": kwargs})
    heights = load_dataset(spec, default_mode="eval")
    return lambda key, attrs: heights[key].attrs["space_scale"] / attrs["space_scale"]
