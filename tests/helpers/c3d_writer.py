"""Writes C3D files byte by byte, as the manual of the format (c3d.org) describes them."""

import struct
from pathlib import Path

import numpy as np

_BLOCK = 512


def _group(number: int, name: str) -> bytes:
    return struct.pack("<bb", len(name), -number) + name.encode() + struct.pack("<hB", 3, 0)


def _parameter(group: int, name: str, kind: int, dims: tuple[int, ...], data: bytes) -> bytes:
    body = struct.pack("<bB", kind, len(dims)) + bytes(dims) + data + b"\0"
    head = struct.pack("<bb", len(name), group) + name.encode()
    return head + struct.pack("<h", len(body) + 2) + body


def _parameters(labels: list[str], n_frames: int, fps: float, data_start: int) -> bytes:
    integer = struct.Struct("<h").pack
    single = struct.Struct("<f").pack
    text = b"".join(label.encode().ljust(16) for label in labels)
    return b"".join(
        [
            _group(1, "POINT"),
            _parameter(1, "USED", 2, (), integer(len(labels))),
            _parameter(1, "FRAMES", 2, (), integer(n_frames)),
            _parameter(1, "SCALE", 4, (), single(-1.0)),
            _parameter(1, "RATE", 4, (), single(fps)),
            _parameter(1, "DATA_START", 2, (), integer(data_start)),
            _parameter(1, "UNITS", -1, (2,), b"mm"),
            _parameter(1, "LABELS", -1, (16, len(labels)), text),
            _group(2, "ANALOG"),
            _parameter(2, "USED", 2, (), integer(0)),
            b"\0\0",
        ]
    )


def write_c3d(path: Path, labels: list[str], markers: np.ndarray, fps: float = 120.0) -> None:
    """Markers [n_frames, n_markers, 3] in mm; one at (0, 0, 0) is marked invalid."""
    n_frames, n_markers = markers.shape[:2]
    n_blocks = -(-(len(_parameters(labels, n_frames, fps, 0)) + 4) // _BLOCK)
    data_start = 2 + n_blocks
    section = bytes([1, 0x50, n_blocks, 84]) + _parameters(labels, n_frames, fps, data_start)
    header = struct.pack(
        "<BBhhhhhfhhf", 2, 0x50, n_markers, 0, 1, n_frames, 0, -1.0, data_start, 0, fps
    )
    residual = np.where(np.all(markers == 0, axis=-1, keepdims=True), -1.0, 0.0)
    data = np.concatenate([markers, residual], axis=-1).astype("<f4").tobytes()
    path.write_bytes(header.ljust(_BLOCK, b"\0") + section.ljust(n_blocks * _BLOCK, b"\0") + data)
