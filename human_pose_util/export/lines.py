"""JSON lines: one object per person and frame, for programs that read a stream."""

import json
from collections.abc import Iterable, Iterator

import numpy as np

from human_pose_util.export.track import Track

DECIMALS = 4


def lines(tracks: Iterable[Track]) -> Iterator[str]:
    """Tracks as JSON, one line (without its end) per person and frame.

        {"person": 0, "frame": 12, "time": 0.4, "joints": {"neck": [x, y, z], …},
         "extrapolated": ["l_wrist", …]}

    `frame` is the number in the film, from 0, `time` is in seconds from the film's first frame,
    joints are in metres, in the world (right-handed, z up, floor z = 0), and `extrapolated` names
    those that no keypoint showed. Times and positions have at most four decimals.
    """
    for track in tracks:
        names = np.array(track.skeleton.joints)
        poses = np.round(track.metres, DECIMALS).tolist()
        for frame, pose, unseen in zip(track.frames.tolist(), poses, track.unseen, strict=True):
            yield json.dumps(
                {
                    "person": track.person,
                    "frame": frame,
                    "time": round(frame / track.fps, DECIMALS),
                    "joints": dict(zip(track.skeleton.joints, pose, strict=True)),
                    "extrapolated": names[unseen].tolist(),
                },
                ensure_ascii=False,
                allow_nan=False,
            )
