"""A small copy of the repository in which every documented command works as it is written.

Parameter files keep their names, with tiny networks and a few steps; data sets are folders of a few
frames; the GANs that commands name are trained, and the results hold the inferences that commands
name. `python -m tests.helpers.documented_workspace FOLDER` makes it, with the
variables of `data_variables`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from serialization import SHIPPED_GAN
from tests.helpers import humaneva_tree, keypoint_files, mpi_inf_test_files, pw3d_files
from tests.helpers.documented_commands import ROOT, commands
from tests.helpers.film_files import write_film
from tests.helpers.films import walker_film
from tests.helpers.mocap_files import amc_text, asf_text, cmu_bones, random_frames

SECONDS = 240  # after which a command hangs
N_FRAMES = 20
STEPS = 2
TINY = {"n_z": 4, "n_g": [8], "n_c": [8], "batch_size": 8, "max_steps": STEPS}
TINY_PROPOSAL = {"n_hidden": 16, "steps": STEPS, "batch_size": 8}
TINY_TEMPORAL = {"n_hidden": 8, "steps": STEPS, "batch_size": 2, "n_frames": 8}
# Others are linked. These are copied: programs look for their neighbours, or write beside them.
COPIED = ("*.py", "bench/*.py", "gan_params/*.json", "inference_params/*.json", "examples/*.*")


def write_workspace(folder: Path) -> None:
    """Fill a new folder: `repository`, and beside it what its commands read and keep."""
    repository = folder / "repository"
    link_repository(repository)
    (folder / "compiled").mkdir()
    shrink_parameters(repository)
    write_h3m(folder / "data/h3m")
    write_eva(folder / "data/eva")
    write_mocap(folder / "data/mocap")
    mpi_inf_test_files.write_test_set(folder / "data/mpi_inf_3dhp_test_set")
    pw3d_files.write_tree(folder / "data/3DPW")
    write_own(folder / "data/own")
    write_keypoints(repository)
    walker_film(repository / "film.mp4", N_FRAMES)
    write_models_and_results(repository)
    (repository / "demo").mkdir()
    (repository / "demo/h3m").symlink_to(folder / "data/h3m")
    shutil.copytree(repository / "models", repository / "demo/models")


def data_variables(folder: Path) -> dict[str, str]:
    """The environment variables that name the data sets."""
    data = folder / "data"
    return {
        "H3M_PATH": str(data / "h3m"),
        "HUMAN_EVA_1_PATH": str(data / "eva"),
        "MOCAP_PATH": str(data / "mocap"),
        "MPI_INF_TEST_PATH": str(data / "mpi_inf_3dhp_test_set"),
        "PW3D_PATH": str(data / "3DPW"),
        "OWN_POSES": str(data / "own"),
        "POSE_CACHE": str(folder / "cache"),
        "DETECTOR_PATH": str(folder / "repository/detector_of_walks"),
    }


def link_repository(target: Path) -> None:
    target.mkdir(parents=True)
    copied = [path.relative_to(ROOT) for pattern in COPIED for path in ROOT.glob(pattern)]
    for path in copied:
        (target / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, target / path)
    ignored = {".git", ".venv", "models", "demo", "results.hdf5"} | {
        path.parts[0] for path in copied
    }
    for path in ROOT.iterdir():
        if path.name not in ignored and not path.name.startswith("."):
            (target / path.name).symlink_to(path)


def shrink_parameters(repository: Path) -> None:
    for path in [*repository.glob("gan_params/*.json"), repository / "examples/own.json"]:
        params = json.loads(path.read_text()) | TINY
        if params.get("n_e"):
            params["n_e"] = [8]
        if "proposal" in params:
            params["proposal"] = TINY_PROPOSAL
        if "temporal_proposal" in params:
            params["temporal_proposal"] = TINY_TEMPORAL
        path.write_text(json.dumps(params))
    for path in repository.glob("inference_params/*.json"):
        params = json.loads(path.read_text())
        params["dataset"].pop("image_points", None)  # those of the small data are exact
        path.write_text(json.dumps(params | {"max_iterations": 5, "tol": 1e-2}))


def write_h3m(root: Path) -> None:
    from computed_people import CAMERAS, make_body, perform
    from computed_people.cdf_writer import sequence_name, write_cdf

    takes = [("S1", "Walking", 0), ("S1", "Directions", 0), ("S9", "Walking", 0)]
    for subject, action, take in [*takes, ("S9", "Directions", 1)]:
        p3w = perform(make_body(subject, 0), subject, action, take, N_FRAMES, 0)
        name = sequence_name(action, take)
        write_cdf(root / "D3_positions" / subject / f"{name}.cdf", p3w)
        for camera_id, camera in CAMERAS.items():
            p3c = camera.to_camera(p3w)
            file = f"{subject}/{name}.{camera_id}.cdf"
            write_cdf(root / "D3_positions_mono" / file, p3c)
            write_cdf(root / "D2_positions" / file, camera.project(p3c))


def write_eva(root: Path) -> None:
    """Few frames of the motion capture, in which the middle of each trial 1 is seen."""
    actions = ("Walking_1", "Jog_1", "Box_1")
    recordings = dict.fromkeys(actions, humaneva_tree.walk(20))
    syncs = dict.fromkeys(("C1", "C2", "C3"), (350.0, 0.0, 0.05))
    recordings["Walking_3"] = humaneva_tree.walk(60)
    humaneva_tree.write_subject(root, "S1", recordings, syncs)


def write_mocap(root: Path) -> None:
    bones = cmu_bones(upright=True)
    (root / "01").mkdir(parents=True)
    (root / "01/01.asf").write_text(asf_text(bones))
    for i in range(1, 6):
        frames = random_frames(bones, 3 * N_FRAMES, seed=i, angle=20)
        (root / f"01/01_{i:02}.amc").write_text(amc_text(frames))


def write_own(root: Path) -> None:
    root.mkdir(parents=True)
    poses = np.random.default_rng(0).uniform([-300, -300, 0], [300, 300, 1800], (N_FRAMES, 14, 3))
    np.savez(root / "dance.npz", p3w=poses, fps=30.0, mode="train")


def write_keypoints(repository: Path) -> None:
    """The first frames of the example, also in the formats of other detectors."""
    from human_pose_util.keypoints import read_detections, select_people

    path = repository / "examples/walk.json"
    path.write_text(json.dumps(json.loads(path.read_text())[:N_FRAMES]))
    [(_, person)] = select_people(read_detections(path), 0)
    seen = np.nan_to_num(person.keypoints)
    np.save(repository / "keypoints.npy", seen)
    films = {name: {"custom": [seen[..., :2]]} for name in ("a.mp4", "b.mp4")}
    np.savez(repository / "data_2d_custom_films.npz", positions_2d=np.array(films))
    keypoint_files.alphapose(repository, [[frame] for frame in seen])
    (repository / "results.json").rename(repository / "alphapose-results.json")
    body25 = np.zeros((len(seen), 25, 3))
    # Shoulders, elbows, wrists, hips, knees and ankles, by their places in BODY_25 and COCO-17.
    body25[:, [0, 5, 6, 7, 2, 3, 4]] = seen[:, [0, 5, 7, 9, 6, 8, 10]]
    body25[:, [12, 13, 14, 9, 10, 11]] = seen[:, [11, 13, 15, 12, 14, 16]]
    keypoint_files.openpose(repository, [[frame] for frame in body25])
    (repository / "openpose").rename(repository / "openpose_output")


def write_models_and_results(repository: Path) -> None:
    """Train GANs, and write results that are a little off the truth."""
    import tensorflow as tf

    from gan import GanBuilder
    from gan.training import train
    from human_pose_util.dataset import load_dataset
    from inference.params import load_inference_params
    from inference.runs.results_writer import ResultsWriter

    tf.config.run_functions_eagerly(True)  # two steps are not worth a graph
    named = {word for command in commands() for word in command.split()} | {SHIPPED_GAN}
    for path in sorted(repository.glob("gan_params/*.json")):
        if path.stem in named:
            gan = GanBuilder(path.stem, path.parent, repository / "models")
            train(gan, STEPS, jit=False, progress=False)
    for path in sorted(repository.glob("inference_params/*.json")):
        if path.stem in named:
            params = load_inference_params(path.stem, path.parent)
            dataset = load_dataset(params.dataset, "eval")
            with ResultsWriter(repository / "results.hdf5", path.stem, {}) as writer:
                skeleton_id = dataset.attrs["skeleton_id"]
                writer.write({key: nearly(each, skeleton_id) for key, each in dataset.items()})
    write_film(repository / "results.hdf5", "film")


def nearly(sequence, skeleton_id: str):
    """A result that is a few centimetres off."""
    from inference.runs.entry import Entry

    p3w = sequence["p3w"] + np.random.default_rng(0).normal(0, 0.02, sequence["p3w"].shape)
    attrs = {name: sequence.attrs[name] for name in ("space_scale", "pixel_scale", "fps")}
    attrs |= {"skeleton_id": skeleton_id, "frame": "world"}
    return Entry({"p3w": p3w.astype(np.float32)}, attrs)


class WorkspaceCopy:
    """A copy of the small repository, and commands run in it."""

    def __init__(self, prepared: Path, folder: Path):
        shutil.copytree(prepared / "repository", folder, symlinks=True, dirs_exist_ok=True)
        self.folder = folder
        self.environment = os.environ | data_variables(prepared) | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # Compilation in half the time, and once only.
            "XLA_FLAGS": "--xla_backend_optimization_level=0",
            "TF_XLA_FLAGS": f"--tf_xla_persistent_cache_directory={prepared / 'compiled'}",
        }  # fmt: skip

    def start(self, command: list[str], **environment: str) -> subprocess.Popen:
        """Start a command whose stdout and stderr go into one pipe."""
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment | environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def run(self, command: list[str]) -> str:
        process = self.start(command)
        try:
            out, _ = process.communicate(timeout=SECONDS)
        finally:
            end_process_group(process)
        assert process.returncode == 0, out
        return out


def end_process_group(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


if __name__ == "__main__":
    write_workspace(Path(sys.argv[1]))
