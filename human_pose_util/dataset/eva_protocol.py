"""HumanEva-I's protocol: subjects, actions, trials, and which frames train or evaluate.

Trial 1 of every action is split in two: its first frames train, the rest evaluate. Trial 3
(motion capture without video) trains. Trial 2, the action Combo and subject S4 are withheld tests.
`dataset.eva` reads HumanEva-I from its folder, `dataset.videopose3d` from VideoPose3D's files.
"""

SUBJECTS = ("S1", "S2", "S3")
ACTIONS = ("Walking", "Jog", "ThrowCatch", "Gestures", "Box")
CAMERAS = ("BW1", "BW2", "BW3", "BW4", "C1", "C2", "C3")

VIDEO_TRIAL, MOCAP_TRIAL = 1, 3
FPS = {VIDEO_TRIAL: 60.0, MOCAP_TRIAL: 120.0}
"""Trial → frame rate of its sequences [Hz]."""

PARTITIONS = {
    "S1": ((590, 1180), (367, 735), (473, 946), (395, 790), (385, 770)),
    "S2": ((438, 877), (398, 796), (550, 1101), (500, 1000), (382, 765)),
    "S3": ((448, 896), (401, 803), (493, 987), (533, 1067), (512, 1024)),
}
"""(a, b) in the order of ACTIONS: image frames [0, a) of trial 1 train, [a, b) evaluate."""

MOCAP_LENGTHS = {
    "S1": (3238, 3175, 3453, 2127, 1653),
    "S2": (1523, 1573, 3340, 3551, 3108),
    "S3": (2358, 1973, 2074, 1789, 1573),
}
"""Number of mocap frames in trial 3, in the order of ACTIONS."""


def partition(subject_id: str, action: str) -> dict[str, range]:
    """Image frames of trial 1 by mode, "train" and "eval".

    Args:
        subject_id: one of SUBJECTS.
        action: one of ACTIONS.
    """
    a, b = PARTITIONS[subject_id][ACTIONS.index(action)]
    return {"train": range(a), "eval": range(a, b)}


def mocap_length(subject_id: str, action: str) -> int:
    """Number of mocap frames in trial 3.

    Args:
        subject_id: one of SUBJECTS.
        action: one of ACTIONS.
    """
    return MOCAP_LENGTHS[subject_id][ACTIONS.index(action)]


def category(sequence_id: str) -> str:
    """The action of a sequence, its category in reports: "Walking" for "Walking_1"."""
    return sequence_id.replace("_", " ").split()[0]
