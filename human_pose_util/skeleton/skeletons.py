"""The skeletons of the data sets, and the field's common one."""

from human_pose_util.skeleton.skeleton import Skeleton


def _limb(side: str, start: str, *joints: str) -> tuple[tuple[str, str], ...]:
    names = [f"{side}_{joint}" for joint in joints]
    return tuple(zip(names, [start, *names[:-1]], strict=True))


def arm(side: str, start: str) -> tuple[tuple[str, str], ...]:
    """(joint, parent) of an arm that hangs from `start`."""
    return _limb(side, start, "shoulder", "elbow", "wrist")


def leg(side: str, start: str) -> tuple[tuple[str, str], ...]:
    """(joint, parent) of a leg that hangs from `start`."""
    return _limb(side, start, "hip", "knee", "ankle")


def _hand(side: str) -> tuple[tuple[str, str], ...]:
    return ((f"{side}_thumb", f"{side}_wrist"), (f"{side}_little", f"{side}_wrist"))


S14 = Skeleton(
    "s14",
    (
        ("head", None),
        ("neck", "head"),
        *arm("r", "neck"),
        *arm("l", "neck"),
        *leg("r", "neck"),
        *leg("l", "neck"),
    ),
)

S16 = Skeleton(
    "s16",
    (
        ("head", None),
        ("neck", "head"),
        ("thorax", "neck"),
        ("pelvis", "thorax"),
        *arm("r", "neck"),
        *arm("l", "neck"),
        *leg("r", "pelvis"),
        *leg("l", "pelvis"),
    ),
)

S20 = Skeleton(
    "s20",
    (
        ("head_distal", "head_proximal"),
        ("head_proximal", "torso_proximal"),
        ("l_lower_arm_distal", "l_lower_arm_proximal"),
        ("l_lower_arm_proximal", "l_upper_arm_distal"),
        ("l_lower_leg_distal", "l_lower_leg_proximal"),
        ("l_lower_leg_proximal", "l_upper_leg_distal"),
        ("r_lower_arm_distal", "r_lower_arm_proximal"),
        ("r_lower_arm_proximal", "r_upper_arm_distal"),
        ("r_lower_leg_distal", "r_lower_leg_proximal"),
        ("r_lower_leg_proximal", "r_upper_leg_distal"),
        ("torso_distal", None),
        ("torso_proximal", "torso_distal"),
        ("l_upper_arm_distal", "l_upper_arm_proximal"),
        ("l_upper_arm_proximal", "torso_proximal"),
        ("l_upper_leg_distal", "l_upper_leg_proximal"),
        ("l_upper_leg_proximal", "torso_distal"),
        ("r_upper_arm_distal", "r_upper_arm_proximal"),
        ("r_upper_arm_proximal", "torso_proximal"),
        ("r_upper_leg_distal", "r_upper_leg_proximal"),
        ("r_upper_leg_proximal", "torso_distal"),
    ),
    head="head_distal",
    feet=("l_lower_leg_distal", "r_lower_leg_distal"),
    hips=("l_upper_leg_proximal", "r_upper_leg_proximal"),
)

S24 = Skeleton(
    "s24",
    (
        ("thorax", None),
        *_limb("r", "thorax", "hip", "knee", "ankle", "ball", "toes"),
        *_limb("l", "thorax", "hip", "knee", "ankle", "ball", "toes"),
        ("neck", "thorax"),
        ("head-back", "neck"),
        ("head-center", "head-back"),
        *arm("l", "neck"),
        *_hand("l"),
        *arm("r", "neck"),
        *_hand("r"),
    ),
    head="head-back",
    feet=("l_toes", "r_toes"),
)

H36M_17 = Skeleton(
    "h36m-17",
    (
        ("pelvis", None),
        *leg("r", "pelvis"),
        *leg("l", "pelvis"),
        ("spine", "pelvis"),
        ("thorax", "spine"),
        ("nose", "thorax"),
        ("head", "nose"),
        *arm("l", "thorax"),
        *arm("r", "thorax"),
    ),
)
