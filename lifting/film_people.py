"""Everyone in a film, lifted: from detections to tracks, pictures and a group of results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.results_reader import group_attrs
from human_pose_util.export import Track
from human_pose_util.keypoints import Person
from human_pose_util.transforms import project
from human_pose_util.vis.scene import Scene
from inference.runs.results_writer import Entry, ResultsWriter, as_json, made_by
from lifting.film_camera import FilmCamera
from lifting.lifted import Lifted
from lifting.pose_lifter import PoseLifter


@dataclass(frozen=True)
class FilmPerson:
    """One person of a film.

    Attributes:
        person: their number, from 0; those who are seen most come first.
        detected: their keypoints.
        lifted: their poses.
    """

    person: int
    detected: Person
    lifted: Lifted

    @property
    def track(self) -> Track:
        """What is exported of them."""
        return Track(
            self.person,
            self.lifted.p3w,
            self.lifted.skeleton,
            self.lifted.fps,
            self.lifted.extrapolated,
            self.detected.first_frame,
        )

    @property
    def p2(self) -> tuple[np.ndarray, np.ndarray]:
        """Joints as detected [n_frames, n_joints, 2] px, NaN: not seen; and their confidences."""
        n = self.lifted.skeleton.n_joints
        p2, confidence = self.lifted.sighting.observe(self.detected.keypoints)
        return p2[:, :n], confidence[:, :n]

    def scene(self, title: str, size: tuple[int, int]) -> Scene:
        """What pictures show of them."""
        lifted = self.lifted
        return Scene(
            skeleton=lifted.skeleton,
            p3w=lifted.p3w,
            fps=lifted.fps,
            p2=self.p2[0],
            projected_p2=project(lifted.p3c, lifted.f, lifted.c),
            camera=Camera(lifted.r, lifted.t, lifted.f, lifted.c, size),
            title=title,
        )


def lift_people(
    chosen: Sequence[tuple[int, Person]],
    lifter: PoseLifter,
    skeleton: str,
    size: tuple[int, int],
    fps: float,
    camera: FilmCamera,
    height: float | None,
    progress: bool = True,
) -> list[FilmPerson]:
    """Lift people; someone of whom next to nothing is seen is left out, unless they are alone.

    Args:
        chosen: numbers and keypoints.
        lifter: whose GAN is used.
        skeleton: of the keypoints.
        size: of the image, px.
        fps: frames per second.
        camera: what is known of it.
        height: of the people, in metres.
        progress: show a bar.

    Raises:
        DataError: nobody can be lifted.
    """
    lifted, why = [], None
    total = sum(len(person.keypoints) for _, person in chosen)
    with tqdm(total=total, desc="lifting", unit="frame", disable=not progress) as bar:
        for number, person in chosen:
            try:
                poses = lifter.lift(
                    person.keypoints, skeleton, size, fps, camera, height, bar.update
                )
                lifted.append(FilmPerson(number, person, poses))
            except DataError as error:
                why = error
                bar.update(len(person.keypoints))
    if not lifted and why is not None:
        raise why
    return lifted


def check_group(path: Path, name: str) -> None:
    """Raise SpecError where a group of results is not of this kind, and must not be replaced.

    A file that is broken is a DataError.
    """
    attrs = group_attrs(path, name)
    if attrs is not None and "lifting" not in attrs:
        raise SpecError(f"{path} holds an inference run {name!r}: choose another name with --id")


def save_results(
    path: Path, name: str, lifted: Sequence[FilmPerson], lifter: PoseLifter, made: dict[str, Any]
) -> None:
    """Write a group `name` with a sequence for each person; a former one of that name is replaced.

    Args:
        path: the results file.
        name: of the group.
        lifted: the people.
        lifter: that lifted them.
        made: what else the group is to say of how it was made.
    """
    attrs = {**made_by(lifter.gan), "lifting": as_json(made)}
    with ResultsWriter(path, name, attrs, overwrite=True) as writer:
        writer.write({f"person{each.person}": _entry(each) for each in lifted})


def _entry(each: FilmPerson) -> Entry:
    lifted = each.lifted
    p2, confidence = each.p2
    arrays = {
        "p3w": (lifted.p3w / 1000).astype(np.float32),
        "p3c": (lifted.p3c / 1000).astype(np.float32),
        "p2": np.nan_to_num(p2).astype(np.float32),
        "confidence": confidence.astype(np.float32),
        "extrapolated": lifted.extrapolated.astype(np.uint8),
        "cost": lifted.cost.astype(np.float32),
        "status": lifted.status,
    }
    described = {
        "frame": "world",
        "first_frame": each.detected.first_frame,
        "space_scale": 1000.0,
        "pixel_scale": 1.0,
        "skeleton_id": lifted.skeleton.id,
        "fps": lifted.fps,
        "height": lifted.height / 1000,
        "r": lifted.r,
        "t": lifted.t / 1000,
        "f": lifted.f,
        "c": lifted.c,
    }
    return Entry(arrays, described)
