"""The groups of the films of one file in results.hdf5: their names, and which may be replaced."""

from dataclasses import dataclass
from pathlib import Path

from human_pose_util.errors import SpecError
from human_pose_util.evaluate.results_file import exclusively, group_attrs
from human_pose_util.keypoints.film_choice import plain
from lifting.film.results import film_settings
from serialization import checked_id

PATIENCE = 5.0
"""Seconds for which another process may write to the results file before it is an error: another
film is stored by then, but not an inference run."""


@dataclass(frozen=True)
class FilmGroups:
    """The groups for a film, or for the films of a file of keypoints.

    Attributes:
        results: the results file; it need not exist.
        detections: the film, or the file or folder of keypoints.
        id: name of the group; by default that of the detections.
        overwrite: whether the film of other detections may be replaced.
    """

    results: Path
    detections: Path
    id: str | None = None
    overwrite: bool = False

    def name(self, label: str = "") -> str:
        """The name of the group of a film.

        Args:
            label: what to add to the name, where the detections are of several films.

        Raises:
            SpecError: a group cannot have this name.
        """
        name = self.id or plain(self.detections.resolve().stem) or "keypoints"
        return checked_id(f"{name}_{label}" if label else name, "group", any_script=True)

    def check(self, label: str = "", film: str = "") -> str | None:
        """See that the group of a film may be replaced.

        Args:
            label: as for `name`.
            film: name of the film in its file.

        Returns:
            What the user should know if a group is replaced; None if there is none.

        Raises:
            SpecError: the group is an inference run, or a film of other detections that may not be
                replaced.
            DataError: the file is broken, or another process writes to it for long.
        """
        path, group = self.results, self.name(label)
        with exclusively(path.resolve(), PATIENCE):
            pass  # who else writes to the file shows now, not when all films are lifted
        if group_attrs(path, group) is None:
            return None
        settings = film_settings(path, group)
        if settings is None:
            raise SpecError(
                f"{path} holds an inference run {group!r}: choose another name with --id"
            )
        former = str(settings.get("detections"))
        is_same_file = Path(former).resolve() == self.detections.resolve()
        if not self.overwrite and not (is_same_file and settings.get("film", "") == film):
            raise SpecError(
                f"{path} holds group {group!r} of {former}: -o replaces it, or --id names another "
                "group"
            )
        return f"group {group} of {path} is replaced"
