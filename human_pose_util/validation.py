"""Reading parameter files: strict, and with errors that say which file and key to mend."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.reading import read_file, repeated_key

_LARGEST = 1 << 20  # bytes of a parameter file

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A model that admits no unknown key, no silent conversion and no NaN, and never changes."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, protected_namespaces=()
    )


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


OneOrMore = Annotated[list[T], BeforeValidator(_as_list)]
"""A list in which a single value may stand for itself."""


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        SpecError: it cannot be read, is no JSON, names a key twice, or holds NaN or Infinity.
    """

    def no_duplicates(pairs):
        if (twice := repeated_key(pairs)) is not None:
            raise SpecError(f"{path}: key {twice!r:.40} stands there twice")
        return dict(pairs)

    def no_constant(name):
        raise SpecError(f"{path}: {name} is no JSON number")

    try:
        text = read_file(path, _LARGEST).decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)
    except DataError as error:
        raise SpecError(str(error)) from None
    except json.JSONDecodeError as error:
        raise SpecError(f"{path}: line {error.lineno}: {error.msg} (not valid JSON)") from None
    except RecursionError:
        raise SpecError(f"{path}: nested too deeply") from None
    except ValueError as error:  # not UTF-8, an endless number
        raise SpecError(f"{path}: cannot be read: {error}") from None


def parse(model: type[Model], value: Any, where: str) -> Model:
    """`value` as a `model`.

    Args:
        model: the pydantic model that says what is allowed.
        value: what a JSON file holds.
        where: names the file in an error.

    Raises:
        SpecError: an unknown or missing key, or a value of the wrong type or out of range; the
            message names the file, the key and what is allowed.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise SpecError(f"{where}: {_explain(model, first)}") from None


def _explain(model: type[BaseModel], error: Any) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    if error["type"] == "extra_forbidden":
        allowed = _allowed_keys(model, location[:-1])
        near = get_close_matches(location[-1], allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
        return f"unknown key {key!r:.80}: {hint}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    if error["type"] == "model_type":
        return f"key {key!r}: expected {{...}}" if key else "expected {...}, an object with keys"
    message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    given = error["input"]
    shown = "" if isinstance(given, dict) else f", got {json.dumps(given, default=str)[:80]}"
    return f"key {key!r:.80}: {message}{shown}" if key else message


def _allowed_keys(model: Any, location: Sequence[str]) -> list[str]:
    for part in location:
        annotation = getattr(model, "model_fields", {}).get(part)
        if annotation is None:
            return []
        options = getattr(annotation.annotation, "__args__", (annotation.annotation,))
        model = next((o for o in options if hasattr(o, "model_fields")), None)
    return sorted(model.model_fields) if model is not None else []
