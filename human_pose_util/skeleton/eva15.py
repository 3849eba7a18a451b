"""VideoPose3D's 15 joints of HumanEva: those that HumanEva's release evaluates."""

from human_pose_util.skeleton.converter import S20_TO_S16, Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import S14, S16

EVA_15 = Skeleton(
    "eva15",
    (
        ("pelvis", None),
        ("thorax", "pelvis"),
        ("l_shoulder", "thorax"),
        ("l_elbow", "l_shoulder"),
        ("l_wrist", "l_elbow"),
        ("r_shoulder", "thorax"),
        ("r_elbow", "r_shoulder"),
        ("r_wrist", "r_elbow"),
        ("l_hip", "pelvis"),
        ("l_knee", "l_hip"),
        ("l_ankle", "l_knee"),
        ("r_hip", "pelvis"),
        ("r_knee", "r_hip"),
        ("r_ankle", "r_knee"),
        ("head", "thorax"),
    ),
)

# HumanEva's thorax is the mean of the torso's upper and the head's lower end.
S16_TO_EVA_15 = Converter(S16, EVA_15, {"thorax": ("thorax", "neck")})
S20_TO_EVA_15 = S20_TO_S16.then(S16_TO_EVA_15)
# The nearest joint to a neck is the thorax, halfway between the two.
EVA_15_TO_S14 = Converter(EVA_15, S14, {"neck": "thorax"})
EVA_15_CONVERTERS = (S16_TO_EVA_15, S20_TO_EVA_15, EVA_15_TO_S14)
