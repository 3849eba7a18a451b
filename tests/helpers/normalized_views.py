"""What the normalised view of a pose shows, by an independent formula."""

import numpy as np


def misfit_in_view(point: np.ndarray, target: np.ndarray) -> float:
    """How far image points are from those of a pose, put at the best depth before the view.

    Args:
        point: [n_joints, 2] points as features of the view have them.
        target: [n_joints, 3] pose relative to its mean, in the frame of the view.

    Returns:
        The largest residual of a coordinate, in the unit of the pose.
    """
    # point · spread + shift = (x + a)/(z + d): linear in (spread·d, spread, shift, a, …)
    z, one, zero = target[:, 2], np.ones(len(target)), np.zeros(len(target))
    rows = [
        np.stack([point[:, i] * z, point[:, i], *side], axis=1)
        for i, side in enumerate([(z, one, zero, zero), (zero, zero, z, one)])
    ]
    known = np.concatenate([target[:, 0], target[:, 1]])
    solved, *_ = np.linalg.lstsq(np.concatenate(rows), known, rcond=None)
    return float(np.abs(np.concatenate(rows) @ solved - known).max())
