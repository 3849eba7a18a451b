"""Pickles of arrays, read without running the code that a pickle can hold.

A pickle is a program for a stack machine, and may call any function that it names. The unpickler
of this module knows the few names that NumPy's arrays need, and refuses every other name.

The unpickler extends the machine that is written in Python, `pickle._Unpickler`. The machine that
is written in C cannot be kept from crashing or stalling on a hostile file: it hashes a dictionary's
key that is a tuple in a tuple in a tuple ... until the stack overflows, and it reserves memory for
every index into its memo up to the one that the file names.
"""

import pickle
import re
from collections.abc import Callable
from typing import IO, Any, ClassVar

import numpy as np

_MAX_DEPTH = 16
_MAX_VALUES = 200_000  # An array counts as one value; a shared value counts at every reference.
_MAX_INSTRUCTIONS = 3 * _MAX_VALUES
_PLAIN_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[SU]\d+|O8?)")
_SCALARS = (str, bytes, int, float, np.generic, type(None))


class ForbiddenError(Exception):
    """A pickle needs more than arrays.

    Args:
        what: what the pickle does, a clause without its subject.
    """

    def __init__(self, what: str):
        super().__init__(f"its pickle {what}; only arrays are read from pickles")


def load(file: IO[bytes], encoding: str = "ASCII") -> Any:
    """The value that a file's pickle describes: dicts, lists, tuples, strings, numbers, arrays.

    Args:
        file: the open file, at the start of the pickle.
        encoding: how the strings of Python 2 become text; "latin1" keeps their bytes, which arrays
            are made of, as characters.

    Raises:
        ForbiddenError: the pickle calls a function that is no part of an array, or is too large.
        Exception: a damaged pickle can raise almost any exception.
    """
    value = _ArrayUnpickler(file, encoding=encoding).load()
    _check_extent(value)
    return value


def _dtype(spec: str, *_: Any) -> np.dtype:
    if not _PLAIN_DTYPE.fullmatch(spec):
        raise ForbiddenError(f"calls numpy.dtype({spec!r:.40})")
    return np.dtype(spec, copy=True)  # NumPy's own instance must not get the pickle's byte order.


def _from_buffer(
    data: bytes | str, dtype: np.dtype, shape: tuple[int, ...], order: Any
) -> np.ndarray:
    if not isinstance(dtype, np.dtype):
        raise ForbiddenError(f"has an array of {dtype!r:.40}")
    if isinstance(data, str):  # a string of Python 2
        data = data.encode("latin1")
    return np.frombuffer(data, dtype).reshape(shape, order=order)


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise ForbiddenError(f"calls _codecs.encode(…, {encoding!r:.40})")
    return text.encode("latin1")


_ADMITTED: dict[str, Callable[..., Any] | None] = {
    "numpy.dtype": _dtype,
    "numpy.ndarray": None,  # Pickles name this class as an argument; they do not call it.
    "_codecs.encode": _encode,  # Pickles of protocol 2 and older spell bytes as encoded text.
}
for _core in ("numpy.core", "numpy._core"):  # the names before and since NumPy 2
    _ADMITTED[f"{_core}.multiarray._reconstruct"] = lambda *_: np.empty(0)  # BUILD fills it.
    _ADMITTED[f"{_core}.multiarray.scalar"] = lambda dtype, data: _from_buffer(
        data, dtype, (1,), "C"
    )[0]
    _ADMITTED[f"{_core}.numeric._frombuffer"] = _from_buffer  # arrays in pickles of protocol 5


def _guarded(code: int, load: Callable[[Any], None]) -> Callable[[Any], None]:
    """An instruction of Python's machine that counts itself and checks the keys of a dict."""
    # SETITEM has the dict, one key and one value on the stack; SETITEMS and DICT have a stack of
    # their own, on which keys and values alternate.
    keys = {
        pickle.SETITEM[0]: slice(-2, None, 2),
        pickle.SETITEMS[0]: slice(0, None, 2),
        pickle.DICT[0]: slice(0, None, 2),
    }.get(code, slice(0))

    def step(unpickler: "_ArrayUnpickler") -> None:
        unpickler.n_instructions += 1
        if unpickler.n_instructions > _MAX_INSTRUCTIONS:
            raise ForbiddenError(f"has more than {_MAX_INSTRUCTIONS} instructions")
        for key in unpickler.stack[keys]:
            if not isinstance(key, _SCALARS):
                raise ForbiddenError(f"has a dict with a key that is a {type(key).__name__}")
        load(unpickler)

    return step


class _ArrayUnpickler(pickle._Unpickler):
    """Python's unpickler, for which only the names exist that arrays need."""

    stack: list[Any]
    read: Callable[[int], bytes]
    n_instructions = 0

    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name in a pickle."""
        try:
            return _ADMITTED[f"{module}.{name}"]
        except KeyError:
            name = ascii(f"{module}.{name}")[1:-1][:80]
            raise ForbiddenError(f"calls {name}") from None

    def load_build(self) -> None:
        """Fill an array, or set the byte order of a dtype; no other state is set.

        The size and the flags in a dtype's state would have NumPy take numbers for pointers, and
        have to be the ones that the dtype has already.
        """
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, np.dtype):
            own: Any = target.__reduce__()[2]
            if not isinstance(state, tuple) or state != (own[0], state[1], *own[2:]):
                raise ForbiddenError(f"has a dtype with the state {state!a:.80}")
        elif not isinstance(target, np.ndarray):
            raise ForbiddenError(f"sets the state of a {type(target).__name__}")
        target.__setstate__(state)

    def load_bytearray8(self) -> None:
        """Read a byte array; Python's own method first fills memory of the announced size."""
        size = int.from_bytes(self.read(8), "little")
        self.stack.append(bytearray(self.read(size)))

    def load_set(self) -> None:
        """Refuse a set, of which this module would have to check the members."""
        raise ForbiddenError("has a set among its values")

    _instructions: ClassVar[dict[int, Callable[[Any], None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.BUILD[0]: load_build,
        pickle.BYTEARRAY8[0]: load_bytearray8,
        **dict.fromkeys(pickle.EMPTY_SET + pickle.FROZENSET + pickle.ADDITEMS, load_set),
    }
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        code: _guarded(code, load) for code, load in _instructions.items()
    }


def _check_extent(value: Any) -> None:
    """Raise ForbiddenError for a value that is no plain data, or too large to look through."""
    waiting, n_values = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict):
            parts = list(item.values())
        elif isinstance(item, np.ndarray):
            parts = list(item.flat) if item.dtype.hasobject else []
        elif isinstance(item, list | tuple):
            parts = list(item)
        elif isinstance(item, (*_SCALARS, bytearray)):
            continue
        else:
            raise ForbiddenError(f"has a {type(item).__name__} among its values")
        n_values += len(parts)
        if n_values > _MAX_VALUES or depth > _MAX_DEPTH:
            limits = f"{_MAX_VALUES} values, or lists in lists more than {_MAX_DEPTH} deep"
            raise ForbiddenError(f"has more than {limits}")
        waiting += [(part, depth + 1) for part in parts]
