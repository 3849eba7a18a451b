"""Which joints of a skeleton the keypoints of a detector show."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.keypoints import KEYPOINTS, SHOWN, Shown
from human_pose_util.skeleton.skeleton import Skeleton, side_and_part

_ITSELF = Shown()


class ObservedJoints(NamedTuple):
    """What keypoints show of joints.

    Attributes:
        p2: [n_frames, n_joints, 2] image points; NaN where no keypoint shows a joint.
        weights: [n_frames, n_joints] confidence times trust; 0 where no keypoint shows a joint.
    """

    p2: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class KeypointMapping:
    """Which joints of a skeleton, or means of its joints, the keypoints of a detector show.

    Attributes:
        converter: the conversion from the skeleton to the joints that can be observed: its own
            joints, followed by one joint for each keypoint that shows the mean of several joints.
        columns: [n_target_joints] index of the keypoint that shows a joint of the converter's
            target; −1 for none.
        trust: [n_target_joints] weight of the observations of a joint, from 0 to 1.
        keypoints: the skeleton of the detector.
    """

    converter: Converter
    columns: np.ndarray
    trust: np.ndarray
    keypoints: Skeleton

    def observe(self, keypoints: np.ndarray) -> ObservedJoints:
        """What keypoints show of the joints of the converter's target.

        Args:
            keypoints: [n_frames, n_keypoints, 3] x, y (in any unit) and confidence; NaN, or the
                confidence 0, for a keypoint that is not visible.
        """
        # An invisible keypoint at the end, which the column −1 selects.
        invisible = np.full((len(keypoints), 1, 3), np.nan)
        shown = np.concatenate([keypoints, invisible], axis=1)[:, self.columns]
        visible = np.isfinite(shown).all(axis=2) & (shown[..., 2] > 0)
        p2 = np.where(visible[..., None], shown[..., :2], np.nan)
        return ObservedJoints(p2, np.where(visible, shown[..., 2] * self.trust, 0.0))

    def restore(self, poses: np.ndarray) -> np.ndarray:
        """Poses of the skeleton in the order of the keypoints.

        Args:
            poses: [n_frames, n_source_joints, d] positions, d = 2 or 3.

        Returns:
            [n_frames, n_keypoints, d] in the unit and frame of `poses`; NaN for a keypoint that
            shows no joint and no mean of joints.
        """
        shown = self.columns >= 0
        restored = np.full((len(poses), self.keypoints.n_joints, poses.shape[2]), np.nan)
        restored[:, self.columns[shown]] = self.converter.convert(poses)[:, shown]
        return restored

    @property
    def own_joints(self) -> slice:
        """The skeleton's own joints among those of `observe`; means of joints follow them."""
        return slice(self.converter.source.n_joints)

    @property
    def observed(self) -> np.ndarray:
        """[n_source_joints] whether a keypoint shows exactly that joint."""
        return self.columns[self.own_joints] >= 0


def keypoint_mapping(
    source: Skeleton, keypoints: Skeleton, converter: Converter | None = None
) -> KeypointMapping:
    """Which joints of a skeleton the keypoints of a detector show.

    `SHOWN` tells what the keypoints of detectors show; otherwise joints with equal names are the
    same joint. A keypoint is left out if it is neither a joint of the skeleton nor the mean of some
    of its joints.

    Args:
        source: the skeleton of the poses to infer.
        keypoints: the skeleton of the detector.
        converter: the conversion from `source` to `keypoints`, if there is one that makes all
            keypoints from joints of the source.

    Raises:
        SpecError: the skeletons have too few joints in common to place a pose.
    """
    if source.id == keypoints.id:
        converter = Converter(source, keypoints, {})
    columns, trust = np.full(source.n_joints, -1), np.ones(source.n_joints)
    means, mean_columns, mean_trust = {}, [], []  # of keypoints that show means of joints
    for column, name in enumerate(keypoints.joints):
        side, part = side_and_part(name)
        shown = SHOWN.get(part, _ITSELF) if keypoints in KEYPOINTS else _ITSELF
        if converter:
            joints = tuple(sorted({source.joints[i] for i in converter.indices[column]}))
        else:
            joints = _joints_of(source, shown, side, name)
        if len(joints) == 1:
            j = source.joint_index(joints[0])
            columns[j], trust[j] = column, shown.trust
        elif joints:
            means[f"{name} (keypoint)"] = joints
            mean_columns.append(column)
            mean_trust.append(shown.trust)
    if (columns >= 0).sum() < 3:
        raise SpecError(
            f"skeletons {source.id!r} and {keypoints.id!r} have too few joints in common"
        )
    root = source.joints[source.root_index]
    links = (*source.links, *((name, root) for name in means))
    target = replace(source, id=f"{source.id} of {keypoints.id}", links=links)
    return KeypointMapping(
        Converter(source, target, means),
        np.concatenate([columns, mean_columns]).astype(int),
        np.concatenate([trust, mean_trust]),
        keypoints,
    )


def _joints_of(source: Skeleton, shown: Shown, side: str, name: str) -> tuple[str, ...]:
    """The joints of the source whose mean a keypoint is; empty if there are none."""
    alternatives = [
        tuple(side + joint if joint.startswith("_") else joint for joint in joints)
        for joints in shown.alternatives
    ] or [(name,)]
    return next((joints for joints in alternatives if set(joints) <= set(source.joints)), ())
