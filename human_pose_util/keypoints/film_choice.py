"""Which films of a file to read, where it holds several."""

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from human_pose_util.errors import DataError, SpecError

ALL_FILMS = "all"
"""The choice of all films of a file."""

_MOST_LISTED = 5  # names of films in a message
_LONGEST = 80  # characters of a label


def choose_films(films: list[str], film: str | None, where: str) -> list[str]:
    """The names of the films to read.

    Args:
        films: the names of the films in a file.
        film: the user's choice: a name, a part of only one name, `ALL_FILMS`, or None for the only
            film.
        where: the name of the file, for error messages.

    Raises:
        DataError: there is no film, or there are several and no choice.
        SpecError: the choice is not that of one film.
    """
    if not films:
        raise DataError(f"{where} holds no film")
    if film is None and len(films) == 1:
        return films
    if film is None:
        raise DataError(
            f"{where} holds {len(films)} films: {_listing(films)}; choose one with `film` NAME, or "
            f"`film` {ALL_FILMS}"
        )
    if film in films:
        return [film]
    if film == ALL_FILMS:
        return films
    if films == [""]:
        raise SpecError(f"{where} holds one film without a name: leave `film` out")
    near = [name for name in films if film in name]
    if len(near) == 1:
        return near
    of_several = f"several films {film!r:.80}" if near else f"no film {film!r:.80}"
    raise SpecError(f"{where} holds {of_several}: it has {_listing(near or films)}")


def film_labels(films: Iterable[str]) -> dict[str, str]:
    """Names of films → different labels, to name files and groups by them.

    Args:
        films: the names; the only film of a file has the name "" and the label "".
    """
    plains = {film: plain(film) for film in films}
    count = Counter(plains.values())
    labels = {f: label for f, label in plains.items() if count[label] == 1 and (label or not f)}
    for i, (film, label) in enumerate(plains.items()):
        if film not in labels:
            numbered = (f"{label}_{k}".strip("_") for k in itertools.count(i))
            labels[film] = next(name for name in numbered if name not in labels.values())
    return {film: labels[film] for film in plains}


def labelled(path: Path, label: str) -> Path:
    """The file of one of several films: "out-walk.bvh" for "out.bvh" and "walk".

    Args:
        path: the file of the only film.
        label: the label of the film, see `film_labels`; "" for the only one.
    """
    return path.with_name(f"{path.stem}-{label}{path.suffix}") if label else path


def plain(name: str) -> str:
    """A name in letters, digits and "_"; "" if it has neither letters nor digits of any script."""
    # File systems may store "é" as two characters, a letter and an accent.
    whole = unicodedata.normalize("NFC", name)
    return "".join(c if c.isalnum() else "_" for c in whole).strip("_")[:_LONGEST]


def _listing(films: list[str]) -> str:
    """Names of films for a message: all, or the first."""
    listing = ", ".join(f"{name!r:.80}" for name in films[:_MOST_LISTED])
    more = len(films) - _MOST_LISTED
    return f"{listing} and {more} more" if more > 0 else listing
