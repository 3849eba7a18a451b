"""Strict reading of parameter files; an error names the file and the key to mend."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.reading import parse_json, read_file

_LARGEST = 1 << 20  # the largest size of a parameter file, in bytes

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A frozen model without unknown keys, silent conversions and NaN."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, protected_namespaces=()
    )


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


OneOrMore = Annotated[list[T], BeforeValidator(_as_list)]
"""A list; a single value may stand for a list of that value."""


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        SpecError: the file cannot be read or is no JSON, has a key twice, or holds NaN or Infinity.
    """

    def no_constant(name):
        raise SpecError(f"{path}: {name} is no JSON number")

    try:
        return parse_json(read_file(path, _LARGEST), path, SpecError, parse_constant=no_constant)
    except DataError as error:
        raise SpecError(str(error)) from None
    except ValueError as error:  # The text is not UTF-8, or a number has too many digits.
        raise SpecError(f"{path}: cannot be read: {error}") from None


def parse(model: type[Model], value: Any, where: str) -> Model:
    """A value as an instance of a pydantic model.

    Args:
        model: the model, which defines what is allowed.
        value: the value in a JSON file.
        where: names the file in an error message.

    Raises:
        SpecError: an unknown or missing key, or a value of the wrong type or out of range; the
            message names the file, the key and what is allowed.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise SpecError(f"{where}: {_explain(model, error.errors()[0])}") from None


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
        if part.isdecimal():  # the place in a list, of whose items `model` is the model
            continue
        annotation = getattr(model, "model_fields", {}).get(part)
        if annotation is None:
            return []
        options = getattr(annotation.annotation, "__args__", (annotation.annotation,))
        model = next((o for o in options if hasattr(o, "model_fields")), None)
    return sorted(model.model_fields) if model is not None else []
