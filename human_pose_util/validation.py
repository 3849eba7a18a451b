"""Strict reading of parameter files; an error names the file and the key to mend."""

import json
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.reading import parse_json, read_file

_LARGEST = 1 << 20  # the largest size of a parameter file, in bytes

_TYPE = re.compile(
    r"((constrained-)?(str|int|float|bool)|list|tuple|dict|literal|function-\w+)(\[.*\])?"
)
_EXPECTED = "input should be "

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A frozen model without unknown keys, silent conversions and NaN."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, protected_namespaces=()
    )


@dataclass_transform(kw_only_default=True)
class Parsed(type(StrictModel)):  # type: ignore[misc]
    """The class of models whose errors are those of a file also where Python makes one."""

    def __call__(cls, **keys):
        """An instance with such values; SpecError where `parse` refuses them."""
        return parse(cls, keys, cls.__name__)


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
        raise SpecError(f"{where}: {_explain(model, error.errors())}") from None


def _explain(model: type[BaseModel], errors: Sequence[Any]) -> str:
    """What is wrong with the first key that is: one error, or one for each type it may have."""
    error, location = errors[0], _location(errors[0])
    key = ".".join(location)
    if error["type"] == "extra_forbidden":
        allowed = _allowed_keys(model, location[:-1])
        near = get_close_matches(location[-1], allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
        return f"unknown key {key!r:.80}: {hint}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    first, *others = dict.fromkeys(_message(e) for e in errors if _location(e) == location)
    message = ", or ".join([first, *(other.removeprefix(_EXPECTED) for other in others)])
    given = error["input"]
    shown = "" if isinstance(given, dict) else f", got {json.dumps(given, default=str)[:80]}"
    return f"key {key!r:.80}: {message}{shown}" if key else f"{message}{shown}"


def _location(error: Any) -> list[str]:
    """The key of an error, without the type that pydantic tried where it may be of several."""
    return [str(part) for part in error["loc"] if not _TYPE.fullmatch(str(part))]


def _message(error: Any) -> str:
    """The message of an error in the words of JSON, which has lists and no tuples."""
    if error["type"] == "model_type":
        return "expected {...}, an object with keys"
    message = error["msg"].removeprefix("Value error, ")
    return (message[0].lower() + message[1:]).replace("valid tuple", "valid list")


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
