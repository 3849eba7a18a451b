"""The errors of an inference run as values: per sequence, per category and in total."""

from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.evaluate.error_cache import Errors
from human_pose_util.evaluate.measures import MEASURES, Mean, pooled
from human_pose_util.evaluate.metrics import defined_mean
from human_pose_util.evaluate.report_layout import ReportLayout


@dataclass(frozen=True)
class SequenceErrors:
    """Errors of one sequence and its place in the table.

    Attributes:
        key: key of the sequence.
        row: label of its row.
        column: label of its column; "" in a table without columns.
        errors: its errors.
    """

    key: str
    row: str
    column: str
    errors: Errors


@dataclass(frozen=True)
class ErrorReport:
    """The errors of an inference run.

    Attributes:
        inference_id: id of the run.
        dataset_id: id of its data set.
        skeleton_id: id of the skeleton whose joints the errors are means over.
        reflection: whether the alignments admit reflections.
        layout: rows and columns of the table.
        sequences: errors of the finished sequences.
        missing: keys of the sequences that are not finished.
        unknown: keys of inferred sequences that the parameters do not ask for.
        changed: keys of inferred sequences whose data have changed since the inference.
        not_cached: the reason why the errors could not be cached; None if they were cached.
        is_cached: whether all errors are those of an earlier report.
    """

    inference_id: str
    dataset_id: str
    skeleton_id: str
    reflection: bool
    layout: ReportLayout
    sequences: tuple[SequenceErrors, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    changed: tuple[str, ...]
    not_cached: str | None
    is_cached: bool = False

    @property
    def total(self) -> Errors:
        """Errors over all sequences."""
        return self.summary()

    @property
    def rows(self) -> list[str]:
        """Labels of the rows, in order."""
        return self.layout.sort_rows({s.row for s in self.sequences})

    @property
    def columns(self) -> list[str]:
        """Labels of the columns, in order; empty for a table without columns."""
        return sorted({s.column for s in self.sequences}) if self.layout.column else []

    def summary(self, row: str | None = None, column: str | None = None) -> Errors:
        """Errors over the sequences in a row, a column or a cell of the table; NaN for no frame.

        Args:
            row: label of the row; None for all rows.
            column: label of the column; None for all columns.
        """
        chosen = [s for s in self.sequences if row in (None, s.row) and column in (None, s.column)]
        return _mean([s.errors for s in chosen])

    def mean_of_rows(self, column: str | None = None) -> Errors:
        """Errors in which every row has the same weight, however many frames it has.

        Papers on Human3.6M average its 15 actions in this way (VideoPose3D, `run.py`). Rows in
        which a measure is not determined are left out. The numbers of sequences and frames are
        those of all rows together.

        Args:
            column: label of the column; None for all columns.
        """
        rows = [self.summary(row, column) for row in self.rows]

        def mean(measure: str) -> Mean:
            values = np.array([errors.value(measure) for errors in rows])
            return Mean(float(defined_mean(values)), int(np.isfinite(values).sum()))

        means = {measure: mean(measure) for measure in MEASURES}
        return replace(
            self.summary(column=column),
            individual_proc_err=means.pop("individual_proc_err").value,
            sequence_proc_err=means.pop("sequence_proc_err").value,
            means={measure: value for measure, value in means.items() if value.n},
        )


def _mean(errors: list[Errors]) -> Errors:
    """The errors over several sequences, weighted by their numbers of frames with an error.

    Other measures are means over all their values, such as those of the feet that stand.
    """
    n_counted = np.array([e.n_frames - e.n_left_out for e in errors], dtype=int)

    def mean(values: list[float]) -> float:
        return float(defined_mean(np.repeat(values, n_counted)))

    return Errors(
        n_sequences=len(errors),
        n_frames=sum(e.n_frames for e in errors),
        n_left_out=sum(e.n_left_out for e in errors),
        individual_proc_err=mean([e.individual_proc_err for e in errors]),
        sequence_proc_err=mean([e.sequence_proc_err for e in errors]),
        means=pooled([e.means for e in errors]),
    )
