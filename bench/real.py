"""Score a GAN on real films: detections of real people, with a triangulated truth.

    python bench/real.py --gan GAN_ID

Each file of detections whose truth is known goes through `infer_keypoints.py`, as a user would have
it, and the folder's own `score.py` compares what that exports with the truth. MediaPipe's 3D poses
of the same images are the peer. The default folder is `../shared/real`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from command_line import Parser, run
from command_line.locations import add_location_flags
from human_pose_util.errors import DataError
from human_pose_util.progress import progress_bar
from serialization import ROOT

FILMS = (
    "op25b_bal_cam1",
    "op25b_bal_cam3",
    "mp_p2s_single_cam01",
    "mp_p2s_single_cam03",
    "cut_cam1_cam3",
    "gap10_cam4",
    "upper_cam1",
    "nohips_cam1",
)
TWO_PEOPLE = ("two_people_cam1", "two_people_cam3")
MEDIAPIPE = ("mediapipe33_cam1", "mediapipe33_cam3")
MEDIAPIPE_JOINTS = {"shoulder": 11, "elbow": 13, "wrist": 15, "hip": 23, "knee": 25, "ankle": 27}
"""Index of the left joint among MediaPipe's 33 landmarks; the right one follows it."""


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--gan", metavar="GAN_ID", help="the GAN (default: the shipped one)")
    folder = ROOT.parent / "shared" / "real"
    parser.add_argument("--real", type=Path, default=folder, help="folder of the detections")
    add_location_flags(parser, "gan_params_dir", "models_dir")
    args = parser.parse_args()
    flags = ["--models_dir", args.models_dir, "--gan_params_dir", args.gan_params_dir]
    flags += ["--gan", args.gan] if args.gan else []
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        truth = np.load(args.real / "truth.npz")
        with progress_bar("films", len(FILMS) + len(TWO_PEOPLE), unit="film") as bar:
            for name in (*FILMS, *TWO_PEOPLE):
                bar.set_postfix_str(name)
                infer(args.real / "detections" / f"{name}.json", truth, out / name, flags)
                bar.update()
        for name in MEDIAPIPE:
            own_poses(args.real / "detections" / f"{name}.npz", truth, out / name)
        score(args.real, out, (*FILMS, *MEDIAPIPE), "balance")
        score(args.real, out, TWO_PEOPLE, "two_people_trc")


def infer(detections: Path, truth, out: Path, flags: list) -> None:
    """Export the poses of a film to `out`.npz.

    Args:
        detections: the file of detections.
        truth: the folder's truth, with the size and the rate of all films.
        out: the file to write, without its suffix.
        flags: flags of `infer_keypoints.py` that choose the GAN.
    """
    width, height = truth["size"]
    film = ["--size", f"{width}x{height}", "--fps", f"{truth['fps']:g}", "--quiet"]
    files = ["--export", f"{out}.npz", "--results", f"{out}.hdf5"]
    words = [sys.executable, ROOT / "infer_keypoints.py", detections, *film, *files, *flags]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        raise DataError(f"{detections}: infer_keypoints.py failed: {done.stderr.strip()}")


def own_poses(landmarks: Path, truth, out: Path) -> None:
    """Export MediaPipe's own 3D poses to `out`.npz, in the layout of `infer_keypoints.py`."""
    world = np.load(landmarks)["world"]
    rows = [
        MEDIAPIPE_JOINTS[str(joint)[2:]] + str(joint).startswith("r_") for joint in truth["joints"]
    ]
    poses = {"person0/positions": world[:, rows], "person0/first_frame": 0}
    np.savez(f"{out}.npz", joints=truth["joints"], **poses)


def score(real: Path, out: Path, names: tuple[str, ...], truth: str) -> None:
    """Print the scores of files of poses."""
    files = [str(out / f"{name}.npz") for name in names]
    subprocess.run([sys.executable, real / "score.py", *files, "--truth", truth], check=True)


if __name__ == "__main__":
    run(main)
