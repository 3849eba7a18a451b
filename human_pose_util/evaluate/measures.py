"""The measures of a report: their names, units and meanings, and the values of a sequence."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.evaluate import metrics
from human_pose_util.evaluate.comparison import Comparison
from human_pose_util.evaluate.table import Table
from human_pose_util.units import MM_PER_M

PERCENT = 100.0

ONE_FRAME = "true poses in the frame of the inferred ones"
ROOT = "a root (the pelvis or both hips)"
ROOTS_IN_ONE_FRAME = f"{ONE_FRAME}, with {ROOT}"
A_WORLD = "poses in a frame that does not move"
HYPOTHESES = "several hypotheses (keep_hypotheses)"


class Mean(NamedTuple):
    """The mean of a measure.

    Attributes:
        value: the mean, in the unit of the measure.
        n: the number of values that it is the mean of, at least 1.
    """

    value: float
    n: int


class Measure(NamedTuple):
    """A measure of the poses of a sequence.

    Attributes:
        group: the table that it stands in beside others.
        title: its title in a table.
        unit: its unit.
        meaning: what it is, in a few words.
        needs: what must be there for it to be determined.
        values: function that returns its values, an array of any shape with NaN where it is not
            determined; None for a Procrustes error, which `Errors` has as an attribute.
    """

    group: str
    title: str
    unit: str
    meaning: str
    needs: str
    values: Callable[[Comparison], np.ndarray] | None = None


def _of_hypotheses(measure: Callable[..., np.ndarray]) -> Callable[[Comparison], np.ndarray]:
    """The values of a measure of hypotheses: none where there are not at least two."""

    def values(c: Comparison) -> np.ndarray:
        return measure(*c.hypotheses_and_truth) if len(c.hypotheses) > 1 else np.zeros(0)

    return values


def _j_agg(c: Comparison) -> np.ndarray:
    """The values of J-Agg: none where no joint was observed."""
    if len(c.hypotheses) < 2 or np.isnan(c.image_errors).all():
        return np.zeros(0)
    return metrics.j_agg(*c.hypotheses_and_truth, c.image_errors)


MEASURES: dict[str, Measure] = {
    "individual_proc_err": Measure(
        "Procrustes", "Individual proc_err", "mm",
        "mean joint distance after the similarity that fits each frame (with `reflection`, also a "
        "mirrored one)", "3 joints",
    ),
    "sequence_proc_err": Measure(
        "Procrustes", "Sequence proc_err", "mm",
        "mean joint distance after the similarity that fits the whole sequence", "3 joints",
    ),
    "mpjpe": Measure(
        "Pose", "MPJPE", "mm",
        "mean joint distance, both poses relative to the pelvis (protocol 1)", ROOTS_IN_ONE_FRAME,
        lambda c: metrics.mpjpe(*c.root_relative),
    ),
    "absolute_mpjpe": Measure(
        "Pose", "Absolute MPJPE", "mm",
        "mean joint distance, nothing aligned", ONE_FRAME,
        lambda c: metrics.mpjpe(c.pred, c.truth),
    ),
    "n_mpjpe": Measure(
        "Pose", "N-MPJPE", "mm",
        "MPJPE after the best scale of each frame", ROOTS_IN_ONE_FRAME,
        lambda c: metrics.n_mpjpe(*c.root_relative),
    ),
    "p_mpjpe": Measure(
        "Pose", "P-MPJPE", "mm",
        "MPJPE after Procrustes alignment of each frame (protocol 2), no reflection", "3 joints",
        lambda c: metrics.p_mpjpe(c.pred, c.truth_w),
    ),
    "p_mpjpe_reflection": Measure(
        "Pose", "P-MPJPE, reflection", "mm",
        "P-MPJPE that admits mirrored poses", "3 joints",
        lambda c: metrics.p_mpjpe(c.pred, c.truth_w, reflection=True),
    ),
    "pck": Measure(
        "Keypoints", "PCK", "%",
        "joints with a distance below 150 mm, relative to the pelvis (MPI-INF-3DHP's 14 joints)",
        ROOTS_IN_ONE_FRAME, lambda c: PERCENT * metrics.pck(*c.fourteen_joints),
    ),
    "pck_auc": Measure(
        "Keypoints", "AUC", "%",
        "mean PCK over the thresholds 0, 5, …, 150 mm", ROOTS_IN_ONE_FRAME,
        lambda c: PERCENT * metrics.pck_auc(*c.fourteen_joints),
    ),
    "mpjve": Measure(
        "Motion", "MPJVE", "mm/frame",
        "mean error of joint velocities, relative to the pelvis", f"2 frames in a row, with {ROOT}",
        lambda c: metrics.mpjve(*c.root_relative),
    ),
    "acceleration_error": Measure(
        "Motion", "Acceleration error", "mm/frame²",
        "mean error of joint accelerations, relative to the pelvis",
        f"3 frames in a row, with {ROOT}",
        lambda c: metrics.acceleration_error(*c.root_relative),
    ),
    "acceleration_error_si": Measure(
        "Motion", "Acceleration error, SI", "m/s²",
        "the same in SI units", f"3 frames in a row, with {ROOT}",
        lambda c: metrics.acceleration_error(*c.root_relative, c.fps) / MM_PER_M,
    ),
    "jitter": Measure(
        "Motion", "Jitter", "m/s³",
        "mean third derivative of joint positions; the truth does not matter",
        f"4 frames in a row, and {A_WORLD}",
        lambda c: metrics.jitter(c.in_world.pred, c.fps) / MM_PER_M,
    ),
    "w_mpjpe": Measure(
        "World", "W-MPJPE", "mm",
        "mean joint distance in chunks of 100 frames, aligned by their first 2", A_WORLD,
        lambda c: metrics.w_mpjpe(*c.in_world),
    ),
    "wa_mpjpe": Measure(
        "World", "WA-MPJPE", "mm",
        "mean joint distance in chunks of 100 frames, aligned by the whole chunk", A_WORLD,
        lambda c: metrics.wa_mpjpe(*c.in_world),
    ),
    "rte": Measure(
        "World", "RTE", "%",
        "distance of the pelvis after one rigid alignment, relative to the length of its path",
        f"a path, and {A_WORLD}", lambda c: PERCENT * metrics.rte(*c.roots),
    ),
    "foot_sliding": Measure(
        "World", "Foot sliding", "mm/frame",
        "path of a foot in frames in which the true foot moves less than 1 cm",
        f"feet that stand, and {A_WORLD}", lambda c: metrics.foot_sliding(*c.feet),
    ),
    "bone_variation": Measure(
        "Bones", "Bone variation", "%",
        "standard deviation of the length of a limb's bone over time, relative to its mean",
        "2 frames", lambda c: PERCENT * metrics.bone_variation(c.pred, c.skeleton),
    ),
    "bone_asymmetry": Measure(
        "Bones", "Bone asymmetry", "mm",
        "difference between the lengths of a limb's bone on the left and on the right",
        "limbs on both sides", lambda c: metrics.bone_asymmetry(c.pred, c.skeleton),
    ),
    "p_best": Measure(
        "Hypotheses", "P-Best", "mm",
        "MPJPE of the best of several hypotheses (chosen with the truth)", HYPOTHESES,
        _of_hypotheses(metrics.p_best),
    ),
    "j_best": Measure(
        "Hypotheses", "J-Best", "mm",
        "MPJPE with the best hypothesis of each joint (chosen with the truth)", HYPOTHESES,
        _of_hypotheses(metrics.j_best),
    ),
    "p_agg": Measure(
        "Hypotheses", "P-Agg", "mm",
        "MPJPE of the mean of the hypotheses", HYPOTHESES, _of_hypotheses(metrics.p_agg),
    ),
    "j_agg": Measure(
        "Hypotheses", "J-Agg", "mm",
        "MPJPE with the hypothesis of each joint that has the least error in the image",
        f"{HYPOTHESES} and observed joints", _j_agg,
    ),
}  # fmt: skip
"""The measures by name, in the order of a report."""

PER_FRAME = ("mpjve", "acceleration_error", "w_mpjpe", "wa_mpjpe", "foot_sliding")
"""The measures that count in frames, or in chunks of frames, in which people move less at a higher
frame rate."""
PROCRUSTES = tuple(name for name, measure in MEASURES.items() if measure.values is None)
"""The two errors that a report shows by default."""
OVERVIEW = ("mpjpe", "n_mpjpe", "pck", "pck_auc", "acceleration_error")
"""The measures that a report names in one line besides."""
ALL = "all"


def evaluate(comparison: Comparison) -> dict[str, Mean]:
    """The means of all measures of a sequence.

    Args:
        comparison: the inferred and the true poses.

    Returns:
        Name of the measure → its mean over frames, joints or bones; without the measures that are
        not determined, and without the Procrustes errors.
    """
    means = {}
    for name, measure in MEASURES.items():
        if measure.values is not None:
            values = np.ravel(measure.values(comparison))
            n = int(np.isfinite(values).sum())
            if n:
                means[name] = Mean(float(values[np.isfinite(values)].mean()), n)
    return means


def pooled(sequences: Sequence[Mapping[str, Mean]]) -> dict[str, Mean]:
    """The means over several sequences, in which every value has the same weight.

    Args:
        sequences: the means of each sequence, see `evaluate`.

    Returns:
        Name of the measure → its mean; without those that no sequence has.
    """
    means = {}
    for name in MEASURES:
        if parts := [sequence[name] for sequence in sequences if name in sequence]:
            values, n = zip(*parts, strict=True)
            means[name] = Mean(float(np.average(values, weights=n)), sum(n))
    return means


def chosen(text: str) -> tuple[str, ...]:
    """The names of measures in a text such as "mpjpe,pck" or "W-MPJPE", or all of them for "all".

    Raises:
        SpecError: a name is no measure.
    """
    spelt = (name.strip().lower().replace("-", "_") for name in text.split(","))
    names = tuple(dict.fromkeys(spelt))
    if ALL in names:
        return tuple(MEASURES)
    for name in names:
        if name not in MEASURES:
            near = get_close_matches(name, MEASURES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {ALL}, {', '.join(MEASURES)}"
            raise SpecError(f"unknown measure {name!r}: {hint}")
    return names


def explanation() -> str:
    """A table of all measures for people: name, unit and meaning."""
    rows = [(name, measure.unit, measure.meaning) for name, measure in MEASURES.items()]
    return Table(("Name", "Unit", "Meaning"), tuple(rows)).text()
