"""Motions of trees of bones, and forward kinematics for all frames at once."""

from dataclasses import dataclass, field

import numpy as np

from human_pose_util.transforms import euler_to_matrix

# No recording comes near these bounds; with them a broken file costs little time and memory.
MAX_BONES = 256
MAX_FRAMES = 1_000_000

TRANSLATIONS, ROTATIONS = ("tx", "ty", "tz"), ("rx", "ry", "rz")
"""Names of the channels: translations along x, y and z, and turns about x, y and z."""


@dataclass(frozen=True)
class Bone:
    """One bone, or the root: the point where the bone ends moves.

    Attributes:
        name: name of the bone.
        channels: names of the channels in the order of the motion file ("rx", …, "tz").
        axes: the letters "x", "y", "z" of the turns; the first turn acts on a point first.
        vector: [3] from the start to the end of the bone in the rest pose, in the frame and unit
            of the file; for the root its position.
        parent: index of the bone at whose end this bone starts; −1 for the root.
        frame: [3, 3] rotation C from the local frame of the bone to the frame of the file.
    """

    name: str
    channels: tuple[str, ...]
    axes: str
    vector: np.ndarray
    parent: int = -1
    frame: np.ndarray = field(default_factory=lambda: np.eye(3))

    def vector_at(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """[3], or [n_frames, 3] where the bone has positions, which then replace its vector's.

        Args:
            values: channel → its values [n_frames].
        """
        if not set(values) & set(TRANSLATIONS):
            return self.vector
        parts = [values.get(name, self.vector[i]) for i, name in enumerate(TRANSLATIONS)]
        return np.stack(np.broadcast_arrays(*parts), axis=-1)

    def rotation(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """[n_frames, 3, 3] rotations C·M·C⁻¹ in the parent's frame; [3, 3] where nothing turns.

        Args:
            values: channel → its values [n_frames], angles in radians; M is their rotation.
        """
        axes = "".join(axis for axis in reversed(self.axes) if f"r{axis}" in values)
        if not axes:
            return np.eye(3)
        angles = np.stack([values[f"r{axis}"] for axis in axes], axis=-1)
        return self.frame @ euler_to_matrix(angles, axes) @ self.frame.T


@dataclass(frozen=True)
class Motion:
    """A motion of bones.

    Attributes:
        nodes: the bones or joints, the root first and parents before their children.
        channels: [n_frames, n_channels] channels of all bones, in the order of the bones.
        angle_unit: radians in the channels' unit of angles.
        moves_itself: whether the channels of a bone turn the bone itself (as in ASF) or only the
            bones that start at its end (as in BVH).
        unit: the factor from the file's unit of length to the unit of the positions.
        fps: frames per second; None where the file does not tell.
    """

    nodes: tuple[Bone, ...]
    channels: np.ndarray
    angle_unit: float
    moves_itself: bool
    unit: float = 1.0
    fps: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bones; a position's name is that of the bone that ends there."""
        return tuple(bone.name for bone in self.nodes)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.channels)

    def positions(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Ends of the bones in some of the frames.

        The rotation of a bone is that of its parent times the bone's own rotation.

        Args:
            start: first frame.
            stop: the frame after the last one; by default the end of the motion.

        Returns:
            [stop − start, n_bones, 3] ends of the bones, for the root its position, along the axes
            of the file.
        """
        rotations: list[np.ndarray] = []
        ends: list[np.ndarray] = []
        first_columns = np.cumsum([len(bone.channels) for bone in self.nodes])[:-1]
        blocks = np.split(self.channels[start:stop], first_columns, axis=1)
        for bone, block in zip(self.nodes, blocks, strict=True):
            columns = dict(zip(bone.channels, block.T, strict=True))
            own = bone.rotation({name: self.angle_unit * x for name, x in columns.items()})
            if bone.parent < 0:
                # The channels of a BVH file's root replace its OFFSET, as those of any joint do
                # and as Blender writes them; those of ASF are added to the root's position.
                place = np.broadcast_to(bone.vector_at(columns), (len(block), 3))
                is_moved = np.array([name in columns for name in TRANSLATIONS])
                rotations.append(own)
                ends.append(place + is_moved * bone.vector if self.moves_itself else place)
            else:
                rotations.append(rotations[bone.parent] @ own)
                carrier = rotations[-1 if self.moves_itself else bone.parent]
                ends.append(ends[bone.parent] + _carried(carrier, bone.vector_at(columns)))
        return np.stack(ends, axis=-2) * self.unit


def _carried(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Rotations [n_frames, 3, 3] or [3, 3] applied to vectors [n_frames, 3] or [3]."""
    return (rotation @ vector[..., None])[..., 0]
