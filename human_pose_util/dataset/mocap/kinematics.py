"""Forward kinematics of trees of joints, over all frames at once."""

from collections.abc import Iterable, Sequence

import numpy as np

from human_pose_util.transforms import rotation_about


def turn(angles: np.ndarray, axes: Iterable[str]) -> np.ndarray:
    """Rotation matrices from any number of turns about coordinate axes.

    Args:
        angles: [..., n_turns] radians.
        axes: the letter "x", "y" or "z" of each turn; the last one acts on a point first.

    Returns:
        [..., 3, 3] R = R₀(a₀)·R₁(a₁)·…, the identity for no turns.
    """
    r = np.broadcast_to(np.eye(3), (*angles.shape[:-1], 3, 3))
    for i, axis in enumerate(axes):
        r = r @ rotation_about(angles[..., i], axis)
    return r


def chain_rotations(local: Sequence[np.ndarray], parents: Sequence[int]) -> list[np.ndarray]:
    """Rotations to the world from rotations to the parent.

    Args:
        local: for each joint [..., 3, 3], its rotation in its parent's frame.
        parents: for each joint the index of its parent, a smaller one; −1 for the root.

    Returns:
        For each joint [..., 3, 3], its rotation in the world.
    """
    world: list[np.ndarray] = []
    for r, parent in zip(local, parents, strict=True):
        world.append(r if parent < 0 else world[parent] @ r)
    return world


def chain_positions(segments: Sequence[np.ndarray], parents: Sequence[int]) -> np.ndarray:
    """Positions from the vectors that lead to each joint from its parent.

    Args:
        segments: for each joint [..., 3], from its parent (the root: from the origin), in the
            world's directions.
        parents: as in `chain_rotations`.

    Returns:
        [..., n_joints, 3] positions in the world.
    """
    positions: list[np.ndarray] = []
    for segment, parent in zip(segments, parents, strict=True):
        positions.append(segment if parent < 0 else positions[parent] + segment)
    return np.stack(np.broadcast_arrays(*positions), axis=-2)
