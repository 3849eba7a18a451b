"""The Procrustes errors of an inference run as values: per sequence, per category and in total."""

from collections.abc import Iterable
from dataclasses import dataclass

from human_pose_util.evaluate.error_cache import Errors
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
class Summary:
    """Errors over several sequences: means in which every frame has the same weight.

    Attributes:
        n_sequences: number of sequences.
        n_frames: number of frames of the sequences.
        n_left_out: number of frames whose alignment is not determined.
        individual_proc_err: mean error, each frame aligned on its own [mm].
        sequence_proc_err: mean error, each sequence aligned as a whole [mm].
    """

    n_sequences: int
    n_frames: int
    n_left_out: int
    individual_proc_err: float
    sequence_proc_err: float

    @classmethod
    def of(cls, sequences: Iterable[SequenceErrors]) -> "Summary":
        """The summary of several sequences; its errors are NaN if no frame has an error."""
        errors = [sequence.errors for sequence in sequences]
        weights = [e.n_frames - e.n_left_out for e in errors]
        return cls(
            n_sequences=len(errors),
            n_frames=sum(e.n_frames for e in errors),
            n_left_out=sum(e.n_left_out for e in errors),
            individual_proc_err=_weighted_mean([e.individual_proc_err for e in errors], weights),
            sequence_proc_err=_weighted_mean([e.sequence_proc_err for e in errors], weights),
        )


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
        not_cached: the reason why the errors could not be cached; None if they were cached.
    """

    inference_id: str
    dataset_id: str
    skeleton_id: str
    reflection: bool
    layout: ReportLayout
    sequences: tuple[SequenceErrors, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    not_cached: str | None

    @property
    def total(self) -> Summary:
        """Summary of all sequences."""
        return self.summary()

    @property
    def rows(self) -> list[str]:
        """Labels of the rows, in order."""
        return self.layout.sort_rows({s.row for s in self.sequences})

    @property
    def columns(self) -> list[str]:
        """Labels of the columns, in order; empty for a table without columns."""
        return sorted({s.column for s in self.sequences}) if self.layout.column else []

    def summary(self, row: str | None = None, column: str | None = None) -> Summary:
        """Summary of the sequences in a row, a column or a cell of the table.

        Args:
            row: label of the row; None for all rows.
            column: label of the column; None for all columns.
        """
        return Summary.of(
            s for s in self.sequences if row in (None, s.row) and column in (None, s.column)
        )


def _weighted_mean(values: list[float], weights: list[int]) -> float:
    """The mean over values with a weight above 0, for a value without weight may be NaN."""
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if weight]
    if not pairs:
        return float("nan")
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)
