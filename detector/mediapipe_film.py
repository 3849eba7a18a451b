"""MediaPipe's pose detector as a process: pixels in on stdin, keypoints out on stdout.

    .detector/bin/python detector/mediapipe_film.py WIDTH HEIGHT < pixels > keypoints

The pixels are those of a film, frame by frame, row by row, three bytes (red, green, blue) each. The
first line of the keypoints is an object with the detector's name. Each further line is a list with
x, y [px] and visibility (0 to 1) of MediaPipe's 33 landmarks in one frame, or null where nobody is
seen. What MediaPipe logs goes to stderr.

The script runs in an environment of its own (`make detector`), in which the project is not
installed: MediaPipe and TensorFlow need different versions of protobuf.
"""

import json
import os
import signal
import sys

import mediapipe
import numpy as np


def main() -> None:
    """Answer every frame with a line until the film ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends this process
    width, height = map(int, sys.argv[1:])
    # A library that prints must not disturb the answers: what it prints goes to stderr.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    print(json.dumps({"detector": f"mediapipe {mediapipe.__version__}"}), file=answers, flush=True)
    # The command smooths paths with the frames before and after; MediaPipe knows only those before,
    # so that its smooth points lag behind.
    with mediapipe.solutions.pose.Pose(smooth_landmarks=False) as pose:
        while pixels := sys.stdin.buffer.read(3 * width * height):
            image = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
            print(
                json.dumps(points(pose.process(image).pose_landmarks, width, height)),
                file=answers,
                flush=True,
            )


def points(landmarks, width: int, height: int) -> list[list[float]] | None:
    """x, y [px] and visibility of each landmark; None where nobody is seen.

    Args:
        landmarks: what MediaPipe finds, with x and y as shares of the image's width and height.
        width: width of the image [px].
        height: height of the image [px].
    """
    if landmarks is None:
        return None
    return [
        [round(point.x * width, 2), round(point.y * height, 2), round(point.visibility, 3)]
        for point in landmarks.landmark
    ]


if __name__ == "__main__":
    main()
