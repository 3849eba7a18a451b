"""How the report on each data set is divided into rows and columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from human_pose_util.dataset import h3m_protocol


@dataclass(frozen=True)
class ReportLayout:
    """Rows, and possibly columns, of a report.

    Attributes:
        row: function of a sequence's key and attributes that returns the label of its row.
        row_title: title of the column of row labels.
        column: function of a sequence's key and attributes that returns the label of its column;
            None for a table with a column for each measure instead.
        column_title: what the columns stand for.
        order: function that returns the labels of the first rows, in order; other rows follow
            in alphabetical order.
    """

    row: Callable[[str, Mapping[str, Any]], str]
    row_title: str = "Action"
    column: Callable[[str, Mapping[str, Any]], str] | None = None
    column_title: str = "Subject"
    order: Callable[[], tuple[str, ...]] = tuple

    def sort_rows(self, labels: set[str]) -> list[str]:
        """Row labels in the order of the table."""
        first = [label for label in self.order() if label in labels]
        return first + sorted(labels - set(first))


def _h3m_category(key: str, attrs: Mapping[str, Any]) -> str:
    """The category of a Human3.6M sequence: "Walking" for "Walking 1"."""
    return h3m_protocol.category(_text(attrs["sequence_id"]))


def _action(key: str, attrs: Mapping[str, Any]) -> str:
    """The attribute `action` of a sequence; without it, the first part of the key."""
    return _text(attrs.get("action") or key.split("/")[0])


def _subject(key: str, attrs: Mapping[str, Any]) -> str:
    """The id of the subject."""
    return _text(attrs["subject_id"])


def _text(value: str | bytes) -> str:
    """An HDF5 attribute as text: older files store bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


LAYOUTS: dict[str, ReportLayout] = {
    "h3m": ReportLayout(_h3m_category, order=lambda: h3m_protocol.CATEGORIES),
    "eva": ReportLayout(_action, column=_subject),
    "mpi_inf_test": ReportLayout(_action, row_title="Scene"),
    "pw3d": ReportLayout(_action, row_title="Recording"),
}
"""Layouts by the id of the data set; add an entry for a data set of your own."""
DEFAULT_LAYOUT = ReportLayout(_action)


def layout_of(dataset_id: str) -> ReportLayout:
    """The layout for reports on a data set: its entry in `LAYOUTS`, or the default layout."""
    return LAYOUTS.get(dataset_id, DEFAULT_LAYOUT)
