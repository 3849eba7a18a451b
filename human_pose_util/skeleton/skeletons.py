"""The skeletons of Human3.6M and HumanEva, and the 14 common joints of the field, S14."""

from human_pose_util.skeleton.skeleton import Skeleton


def limb(sides: str, start: str, *joints: str) -> tuple[tuple[str, str], ...]:
    """The links (joint, parent) of a limb, on one side or on both.

    Args:
        sides: "l", "r", or both in their order; a side is the prefix of the limb's joints.
        start: the joint from which the limb hangs, with its own prefix, if any.
        joints: names of the limb's joints without the prefix, from `start` outwards.
    """
    names = [[f"{side}_{joint}" for joint in joints] for side in sides]
    return tuple(link for side in names for link in zip(side, [start, *side[:-1]], strict=True))


def arm(sides: str, start: str) -> tuple[tuple[str, str], ...]:
    """The links (joint, parent) of an arm, or of both arms.

    Args:
        sides: "l", "r", or both in their order.
        start: the joint from which the shoulder hangs.
    """
    return limb(sides, start, "shoulder", "elbow", "wrist")


def leg(sides: str, start: str) -> tuple[tuple[str, str], ...]:
    """The links (joint, parent) of a leg, or of both legs.

    Args:
        sides: "l", "r", or both in their order.
        start: the joint from which the hip hangs.
    """
    return limb(sides, start, "hip", "knee", "ankle")


def links(text: str) -> tuple[tuple[str, str | None], ...]:
    """The links (joint, parent) that a text lists.

    Args:
        text: words "joint<parent", without "<parent" for a root.
    """
    parts = [word.partition("<") for word in text.split()]
    return tuple((joint, parent or None) for joint, _, parent in parts)


S14 = Skeleton("s14", (*links("head neck<head"), *arm("rl", "neck"), *leg("rl", "neck")))

S16 = Skeleton(
    "s16",
    (
        *links("head neck<head thorax<neck pelvis<thorax"),
        *arm("rl", "neck"),
        *leg("rl", "pelvis"),
    ),
)

S20 = Skeleton(
    "s20",
    links(
        "head_distal<head_proximal head_proximal<torso_proximal "
        "l_lower_arm_distal<l_lower_arm_proximal l_lower_arm_proximal<l_upper_arm_distal "
        "l_lower_leg_distal<l_lower_leg_proximal l_lower_leg_proximal<l_upper_leg_distal "
        "r_lower_arm_distal<r_lower_arm_proximal r_lower_arm_proximal<r_upper_arm_distal "
        "r_lower_leg_distal<r_lower_leg_proximal r_lower_leg_proximal<r_upper_leg_distal "
        "torso_distal torso_proximal<torso_distal "
        "l_upper_arm_distal<l_upper_arm_proximal l_upper_arm_proximal<torso_proximal "
        "l_upper_leg_distal<l_upper_leg_proximal l_upper_leg_proximal<torso_distal "
        "r_upper_arm_distal<r_upper_arm_proximal r_upper_arm_proximal<torso_proximal "
        "r_upper_leg_distal<r_upper_leg_proximal r_upper_leg_proximal<torso_distal"
    ),
    head="head_distal",
    feet=("l_lower_leg_distal", "r_lower_leg_distal"),
    hips=("l_upper_leg_proximal", "r_upper_leg_proximal"),
)

S24 = Skeleton(
    "s24",
    (
        ("thorax", None),
        *limb("rl", "thorax", "hip", "knee", "ankle", "ball", "toes"),
        *links("neck<thorax head-back<neck head-center<head-back"),
        *arm("l", "neck"),
        *links("l_thumb<l_wrist l_little<l_wrist"),
        *arm("r", "neck"),
        *links("r_thumb<r_wrist r_little<r_wrist"),
    ),
    head="head-back",
    feet=("l_toes", "r_toes"),
)

H36M_17 = Skeleton(
    "h36m-17",
    (
        ("pelvis", None),
        *leg("rl", "pelvis"),
        *links("spine<pelvis thorax<spine nose<thorax head<nose"),
        *arm("lr", "thorax"),
    ),
)

EVA_15 = Skeleton(
    "eva15",
    (
        *links("pelvis thorax<pelvis"),
        *arm("lr", "thorax"),
        *leg("lr", "pelvis"),
        ("head", "thorax"),
    ),
)
"""VideoPose3D's 15 joints of HumanEva, which are the joints that HumanEva's release evaluates."""
