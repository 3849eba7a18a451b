"""A glTF 2.0 document under construction: arrays in one buffer, and the nodes of a scene."""

from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.extras import PROJECT

if TYPE_CHECKING:
    import pygltflib

_FLOAT, _BYTE = 5126, 5121  # glTF's numbers of component types
_TYPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
VERTICES = 34962
"""glTF's number for buffer views that hold attributes of vertices."""


class Document:
    """A glTF document, to which arrays and nodes are added one after the other.

    Attributes:
        library: the package pygltflib.
        gltf: its document, which has one scene.
    """

    def __init__(self) -> None:
        import pygltflib

        self.library = pygltflib
        self.gltf = pygltflib.GLTF2(
            asset=pygltflib.Asset(generator=PROJECT), scene=0, scenes=[pygltflib.Scene(nodes=[])]
        )
        self._blob = bytearray()

    def add_array(self, values: np.ndarray, target: int | None = None) -> int:
        """Append an array to the buffer.

        Args:
            values: [n], [n, 3], [n, 4] or, by rows, [n, 4, 4]; integers are stored in a byte each,
                other numbers as float32.
            target: what the buffer view is for, such as `VERTICES`; None for anything else.

        Returns:
            The index of its accessor, which has the limits of the values.
        """
        is_integer = values.dtype.kind in "iu"
        values = values.astype("u1" if is_integer else "<f4")
        # glTF holds matrices by columns.
        data = (values.swapaxes(-1, -2) if values.ndim == 3 else values).tobytes()
        flat = np.frombuffer(data, values.dtype).reshape(len(values), -1)
        lib, gltf = self.library, self.gltf
        view = lib.BufferView(buffer=0, byteOffset=len(self._blob), byteLength=len(data))
        view.target = target
        gltf.bufferViews.append(view)
        self._blob += data + bytes(-len(data) % 4)
        gltf.accessors.append(
            lib.Accessor(
                bufferView=len(gltf.bufferViews) - 1,
                componentType=_BYTE if is_integer else _FLOAT,
                count=len(values),
                type=_TYPES[values.shape[1:]],
                min=flat.min(axis=0).tolist(),
                max=flat.max(axis=0).tolist(),
            )
        )
        return len(gltf.accessors) - 1

    def add_node(self, parent: int | None = None, **attributes: Any) -> int:
        """Add a node.

        Args:
            parent: index of the node above it; None for a node at the top of the scene.
            **attributes: what the node has, as pygltflib names it.

        Returns:
            The index of the node.
        """
        nodes = self.gltf.nodes
        nodes.append(self.library.Node(**attributes))
        siblings = self.gltf.scenes[0].nodes if parent is None else nodes[parent].children
        siblings.append(len(nodes) - 1)
        return len(nodes) - 1

    def add_track(
        self, animation: "pygltflib.Animation", node: int, path: str, times: int,
        values: np.ndarray, interpolation: str = "LINEAR",
    ) -> None:  # fmt: skip
        """Let an animation move a node.

        Args:
            animation: the animation.
            node: index of the node.
            path: "translation", "rotation" or "scale".
            times: index of the accessor of the times [s].
            values: [n_times, 3 or 4] what the node has at these times.
            interpolation: how values between these times are found.
        """
        lib = self.library
        output = self.add_array(values)
        sampler = lib.AnimationSampler(input=times, output=output, interpolation=interpolation)
        animation.samplers.append(sampler)
        target = lib.AnimationChannelTarget(node=node, path=path)
        channel = lib.AnimationChannel(sampler=len(animation.samplers) - 1, target=target)
        animation.channels.append(channel)

    def to_bytes(self) -> bytes:
        """The document as a GLB file."""
        self.gltf.buffers = [self.library.Buffer(byteLength=len(self._blob))]
        self.gltf.set_binary_blob(bytes(self._blob))
        return b"".join(self.gltf.save_to_bytes())
