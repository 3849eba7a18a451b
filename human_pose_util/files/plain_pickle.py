"""Pickles of plain data, read without running what they say.

A pickle is a program of a stack machine that may call any function. Python's own machine can be
stopped from that, but not from crashing on a tuple as deep as the file is long, or from filling the
memory at a single instruction. This one knows the instructions that dicts, lists, tuples, strings,
numbers and numeric arrays need; every other one, and every other name, is refused.
"""

import pickletools
import re
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

_MAX_DEPTH = 16
_MAX_VALUES = 200_000  # an array is one; what is referred to again counts every time
_MAX_INSTRUCTIONS = 3 * _MAX_VALUES
_PLAIN_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[SU]\d+|O8?)")
_CORES = ("numpy.core", "numpy._core")  # before and since NumPy 2
_KEYS = (str, bytes, int, float, np.generic, type(None))


class ForbiddenError(Exception):
    """A pickle that wants more than plain data; says what."""


def load(file: BinaryIO) -> Any:
    """The value that a file's pickle describes: dicts, lists, tuples, strings, numbers, arrays.

    Raises:
        ForbiddenError: it calls something.
        Exception: almost any, for a pickle that is damaged.
    """
    machine = _Machine()
    for i, (instruction, argument, _) in enumerate(pickletools.genops(file)):
        if i == _MAX_INSTRUCTIONS:
            raise ForbiddenError(f"for more than {i} instructions")
        machine.step(instruction.name, argument)
    (value,) = machine.stack
    _check_extent(value)
    return value


class _Pending:
    """What a call made that still waits for its state."""

    def __init__(self, finish: Callable[[tuple], Any]):
        self.finish = finish
        self.index: int | None = None  # in the memo


class _Machine:
    """The stack, and the memo of what is referred to again."""

    def __init__(self):
        self.stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under each mark
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._remember(len(self._memo) if argument is None else argument)
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self._memo[argument])
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            words = argument.split(" ", 1) if argument else self._pop(2)
            self.stack.append(_named(*words))
        elif name not in ("PROTO", "FRAME", "STOP"):
            try:
                work = _WORK[name]
            except KeyError:
                raise ForbiddenError(f"for the instruction {name}") from None
            work(self)

    def _remember(self, index: int) -> None:
        self._memo[index] = top = self.stack[-1]
        if isinstance(top, _Pending):
            top.index = index

    def _pop(self, count: int) -> list[Any]:
        items = self.stack[-count:]
        if len(items) < count:
            raise ValueError("the stack is empty")
        del self.stack[-count:]
        return items

    def _to_mark(self) -> list[Any]:
        items, self.stack = self.stack, self._below.pop()
        return items

    def mark(self) -> None:
        self._below.append(self.stack)
        self.stack = []

    def push(self, make: Callable[[list], Any], count: int | None = None) -> None:
        items = self._to_mark() if count is None else self._pop(count) if count else []
        self.stack.append(make(items))

    def append(self, one: bool) -> None:
        items = self._pop(1) if one else self._to_mark()
        _of_type(self.stack[-1], list).extend(items)

    def set_items(self, one: bool) -> None:
        items = self._pop(2) if one else self._to_mark()
        _of_type(self.stack[-1], dict).update(_dict(items))

    def call(self) -> None:
        function, arguments = self._pop(2)
        if not callable(function):  # all that are callable here are those of _NAMES
            raise ForbiddenError(f"a {type(function).__name__}")
        self.stack.append(function(*_of_type(arguments, tuple)))

    def build(self) -> None:
        pending, state = self._pop(2)
        value = _of_type(pending, _Pending).finish(_of_type(state, tuple))
        self.stack.append(value)
        if pending.index is not None:
            self._memo[pending.index] = value


def _dict(items: list[Any]) -> dict[Any, Any]:
    keys, values = items[::2], items[1::2]
    for key in keys:
        if not isinstance(key, _KEYS):
            raise ForbiddenError(f"for a key that is a {type(key).__name__}")
    return dict(zip(keys, values, strict=True))


def _of_type(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"a {kind.__name__} is due, not a {type(value).__name__}")
    return value


def _check_extent(value: Any) -> None:
    """Refuse what would take for ever to look through, or is no plain data."""
    waiting, n_values = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict):
            parts = list(item.values())
        elif isinstance(item, np.ndarray):
            parts = list(item.flat) if item.dtype.hasobject else []
        elif isinstance(item, (list, tuple)):
            parts = item
        elif isinstance(item, (*_KEYS, bytearray)):
            continue
        else:
            raise ForbiddenError(f"a {type(item).__name__} a value")
        n_values += len(parts)
        if n_values > _MAX_VALUES or depth > _MAX_DEPTH:
            raise ForbiddenError(f"for more than {_MAX_VALUES} values, or depth {_MAX_DEPTH}")
        waiting += [(part, depth + 1) for part in parts]


# What stands for the names that arrays need


def _dtype(spec: str, *_: Any) -> _Pending:
    if not _PLAIN_DTYPE.fullmatch(spec):
        raise ForbiddenError(f"numpy.dtype({spec!r:.40})")
    return _Pending(lambda state: np.dtype(spec).newbyteorder(state[1]))


def _array(*_: Any) -> _Pending:
    return _Pending(_filled)


def _filled(state: tuple) -> np.ndarray:
    _, shape, dtype, is_fortran, data = state
    if _of_type(dtype, np.dtype).hasobject:
        array = np.empty(len(_of_type(data, list)), dtype=object)
        for i, item in enumerate(data):  # all at once NumPy would look into lists of lists
            array[i] = item
    else:
        array = np.frombuffer(data, dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _scalar(dtype: np.dtype, data: bytes) -> np.generic:
    return np.frombuffer(data, _of_type(dtype, np.dtype))[0]


def _from_buffer(data: bytes, dtype: np.dtype, shape: tuple, order: str) -> np.ndarray:
    """How pickles of protocol 5 spell arrays."""
    return np.frombuffer(data, _of_type(dtype, np.dtype)).reshape(shape, order=order)


def _encode(text: str, encoding: str) -> bytes:
    """How pickles of protocol 2 spell bytes."""
    if encoding != "latin1":
        raise ForbiddenError(f"_codecs.encode(…, {encoding!r:.40})")
    return text.encode("latin1")


def _no_call(*_: Any) -> None:
    """Stands for `numpy.ndarray`, which a pickle names but need not call."""
    raise ForbiddenError("numpy.ndarray")


_NAMES = {
    ("numpy", "dtype"): _dtype,
    ("numpy", "ndarray"): _no_call,
    ("_codecs", "encode"): _encode,
    **{(f"{core}.multiarray", "_reconstruct"): _array for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): _scalar for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _from_buffer for core in _CORES},
}


def _named(module: str, name: str) -> Callable[..., Any]:
    try:
        return _NAMES[module, name]
    except KeyError:
        raise ForbiddenError(ascii(f"{module}.{name}")[1:-1][:80]) from None


# The instructions

_LITERALS = frozenset(
    ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
    + ("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8")
    + ("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8")
)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_WORK: dict[str, Callable[[_Machine], None]] = {
    "MARK": _Machine.mark,
    "EMPTY_TUPLE": lambda machine: machine.push(tuple, 0),
    "TUPLE1": lambda machine: machine.push(tuple, 1),
    "TUPLE2": lambda machine: machine.push(tuple, 2),
    "TUPLE3": lambda machine: machine.push(tuple, 3),
    "TUPLE": lambda machine: machine.push(tuple),
    "EMPTY_LIST": lambda machine: machine.push(list, 0),
    "LIST": lambda machine: machine.push(list),
    "EMPTY_DICT": lambda machine: machine.push(_dict, 0),
    "DICT": lambda machine: machine.push(_dict),
    "APPEND": lambda machine: machine.append(one=True),
    "APPENDS": lambda machine: machine.append(one=False),
    "SETITEM": lambda machine: machine.set_items(one=True),
    "SETITEMS": lambda machine: machine.set_items(one=False),
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
}
