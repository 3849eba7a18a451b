"""Score a GAN on real films: detections of real people, with a triangulated truth.

    python bench/real.py --gan GAN_ID

Each file of detections whose truth is known goes through `infer_keypoints.py`, as a user would have
it, and the folder's own `score.py` compares what that exports with the truth. A second table has
`MEASURES`, whose meaning `python report.py --measures help` explains. MediaPipe's 3D poses of the
same images are the peer. The default folder is `../shared/real`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from bench.motion import means_of, print_measures
from command_line import Parser, run
from command_line.locations import add_location_flags
from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.progress import progress_bar
from human_pose_util.skeleton import Skeleton
from human_pose_util.units import MM_PER_M
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
MEASURES = (
    "p_mpjpe", "p_mpjpe_reflection", "w_mpjpe", "wa_mpjpe", "bone_variation", "bone_asymmetry",
)  # fmt: skip
PARENTS = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}


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
        for names, people in (((*FILMS, *MEDIAPIPE), "balance"), (TWO_PEOPLE, "two_people_trc")):
            score(args.real, out, names, people)
            measure([out / f"{name}.npz" for name in names], truth, people)


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


def measure(paths: list[Path], truth, people: str) -> None:
    """Print the `MEASURES` of every person in files of poses, against the nearest true person.

    Args:
        paths: the files.
        truth: the folder's truth.
        people: the name of the true people in it.
    """
    skeleton = Skeleton("limbs", tuple(_link(str(joint)) for joint in truth["joints"]))
    targets = np.reshape(truth[people], (-1, *truth[people].shape[-3:]))
    rows = {}
    for path in paths:
        file = np.load(path)
        joints = [list(file["joints"]).index(joint) for joint in truth["joints"]]
        for name in sorted(n for n in file.files if n.endswith("/positions")):
            person = name.split("/")[0]
            first, p3w = int(file[f"{person}/first_frame"]), file[name][:, joints]
            means = [_means(p3w, q[first:], float(truth["fps"]), skeleton) for q in targets]
            rows[f"{path.stem}:{person}"] = min(means, key=_error)
    print_measures(rows, MEASURES, 36)


def _means(p3w: np.ndarray, true: np.ndarray, fps: float, skeleton: Skeleton) -> dict:
    """Return the means of the frames [n_frames, n_joints, 3] that poses and truth share [m]."""
    n = min(len(p3w), len(true))
    take = PoseSequence({"p3w": true[:n]}, {"space_scale": MM_PER_M, "fps": fps})
    return means_of(p3w[:n], take, skeleton, frame="camera")  # a world of its own


def _error(means: dict) -> float:
    """Return the P-MPJPE among means; infinity where poses and truth share no frame."""
    return means["p_mpjpe"].value if "p_mpjpe" in means else np.inf


def _link(joint: str) -> tuple[str, str | None]:
    """Return a joint of the limbs and the joint that it hangs from."""
    side, _, part = joint.partition("_")
    return joint, f"{side}_{PARENTS[part]}" if part in PARENTS else None


if __name__ == "__main__":
    run(main)
