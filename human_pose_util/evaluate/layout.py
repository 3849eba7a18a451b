"""How the table of each data set is divided into rows and columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """Rows, and possibly columns, of a report.

    Attributes:
        row: sequence key, attrs → label of its row.
        row_title: what rows are.
        column: sequence key, attrs → label of its column; None for a table without columns.
        column_title: what columns are.
        order: makes the row labels that come first, in order; others follow alphabetically.
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
    from human_pose_util.dataset import h3m

    return h3m.category(_text(attrs["sequence_id"]))


def _h3m_categories() -> tuple[str, ...]:
    from human_pose_util.dataset import h3m

    return tuple(h3m.CATEGORIES)


def _action(key: str, attrs: Mapping[str, Any]) -> str:
    """The action where a sequence says it, otherwise the folder that it is in."""
    return _text(attrs.get("action") or key.split("/")[0])


def _subject(key: str, attrs: Mapping[str, Any]) -> str:
    return _text(attrs["subject_id"])


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


LAYOUTS: dict[str, Layout] = {
    "h3m": Layout(_h3m_category, order=_h3m_categories),
    "eva": Layout(_action, column=_subject),
}
DEFAULT_LAYOUT = Layout(_action)


def layout_of(dataset_id: str) -> Layout:
    """The layout of a data set's reports; add to `LAYOUTS` for one of your own."""
    return LAYOUTS.get(dataset_id, DEFAULT_LAYOUT)
