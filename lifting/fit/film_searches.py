"""Searches for films with one GAN, and the units between keypoints, the search and its users.

Users have pixels and millimetres. The search has metres, and an image in which a person is `PERSON`
thousandths of a unit large: the weights of its terms were chosen for people of 390 px in thousands
of pixels, and an error counts by its share of the person's size, not by the resolution of the film.
"""

from functools import cached_property

import numpy as np

from gan import GanBuilder
from human_pose_util.camera import Camera, likely_focal_length
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.status import Status
from human_pose_util.keypoints.limbs import LENGTHS
from human_pose_util.registry import get_converter, get_skeleton
from human_pose_util.skeleton.mapping import KeypointMapping, keypoint_mapping
from human_pose_util.units import MM_PER_M, PX_PER_UNIT
from inference.model.body import Bones
from inference.model.observations import Observations
from inference.model.observe import observe
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.search.refinement.refiner import Refiner
from inference.solvers.execution import Execution
from lifting.fit.search_settings import Kind, search_settings, usual_settings
from lifting.input.keypoint_input import Film, Sighting
from lifting.settings import REFINEMENT, MotionWeights
from lifting.stance.film_poses import FilmPoses

LEG = LENGTHS["l_hip l_ankle"]
"""Length of a leg from the hip over the knee to the ankle, relative to the height of its owner, who
stands upright."""

USUAL_LOGIT = -1.76
"""Mean logit of the poses that the shipped GAN generates; thresholds of costs belong to it."""

LEAST_COST = 1e-5
"""Least cost that is compared with others; those of the shipped GAN are 1e-4 and more."""


class FilmSearches:
    """Searches for the keypoints of films with one GAN; each is made at its first use.

    Args:
        gan: the trained GAN.
        weights: the weights of motion.

    Attributes:
        skeleton: the GAN's skeleton.
    """

    def __init__(self, gan: GanBuilder, weights: MotionWeights):
        self._gan, self.skeleton = gan, gan.skeleton
        self._bones = Bones.of(gan.skeleton)
        self._has_proposals = gan.params.proposal is not None
        self._weights = weights
        self._searches: dict[tuple, PoseSearch] = {}

    @cached_property
    def stature(self) -> float:
        """Height of a person who stands upright, in the subject heights of generated poses.

        It follows from the legs: joints of the head are below its top, ankles above the floor, and
        few generated poses stand upright. For a skeleton without legs it is 1.
        """
        names = self._bones.names
        if not {"knee", "ankle"} <= set(names):
            return 1.0
        lengths = self._bones.measure(self._generated).mean(axis=0)
        return float(lengths[names.index("knee")] + lengths[names.index("ankle")]) / LEG

    @cached_property
    def _generated(self) -> np.ndarray:
        """[n, n_joints, 3] poses of random latent vectors."""
        return self._gan.sample(1024)

    @cached_property
    def _surplus(self) -> float:
        """By how much costs are higher than with the critic of the shipped GAN."""
        # Costs contain −weight·D, so a critic whose logits D are higher by a constant lowers them.
        weight = usual_settings(self._has_proposals).critic_weight
        return weight * (USUAL_LOGIT - float(np.mean(self._gan.critic(self._generated))))

    def comparable(self, cost: np.ndarray) -> np.ndarray:
        """Costs as they would be if the critic gave generated poses the usual logits.

        Losses of a GAN that compare logits leave the constant of the critic free; what is compared
        with a threshold must not depend on it. The costs are positive, so that they have ratios and
        logarithms: a critic may praise a pose so much that its term outweighs all others.

        Args:
            cost: costs of the search's results.
        """
        return np.maximum(cost - self._surplus, LEAST_COST)

    def keypoint_mapping(self, skeleton: str) -> KeypointMapping:
        """Which keypoints show which joints of the GAN's skeleton.

        Args:
            skeleton: id of the keypoints' skeleton.

        Raises:
            SpecError: no such skeleton, or one that has too little in common with the GAN's.
        """
        source, keypoints = self.skeleton, get_skeleton(skeleton)
        try:
            converter = get_converter(source.id, keypoints.id)
        except SpecError:
            converter = None
        return keypoint_mapping(source, keypoints, converter)

    def observe(self, seen: Sighting) -> Observations:
        """Keypoints as the search takes them; what is unknown of the camera is what is likely.

        Args:
            seen: the person in the film, with weights as the confidences of keypoints.
        """
        p2, weights = seen.observed
        film, known = seen.film, seen.film.camera
        f = np.array(known.f or likely_focal_length(film.image_size), float)
        r = np.eye(3) if known.r is None else np.array(known.r, float)
        t = np.zeros(3) if known.t is None else np.array(known.t, float) / MM_PER_M
        width, height = film.image_size
        size = width / seen.unit, height / seen.unit
        camera = Camera(r, t, f / seen.unit, film.principal_point / seen.unit, size)
        subject_height = None if film.height is None else film.height / self.stature
        return observe(p2 / seen.unit, camera, 1 / film.fps, weights, subject_height)

    def search(
        self, kind: Kind, mapping: KeypointMapping, film: Film, execution: Execution
    ) -> PoseSearch:
        """The search for keypoints of one kind.

        Args:
            kind: what the search is for.
            mapping: which keypoints show which joints.
            film: what is known of the film.
            execution: how the search is computed.
        """
        # Traced and compiled functions belong to a search, so films with equal settings share one.
        settings = search_settings(kind, film, self._weights, self._has_proposals)
        key = mapping.converter.target.id, settings.model_dump_json(), execution
        if key not in self._searches:
            converter = mapping.converter
            search = PoseSearch(self._gan, settings, converter, MM_PER_M, PX_PER_UNIT, execution)
            self._searches[key] = search
        return self._searches[key]

    def refiner(self, mapping: KeypointMapping, film: Film) -> Refiner:
        """The refinement of poses that are fitted to keypoints of a film.

        Args:
            mapping: which keypoints show which joints.
            film: what is known of the film.
        """
        settings = search_settings("film", film, self._weights, self._has_proposals)
        settings = settings.model_copy(update={"refinement": REFINEMENT})
        return Refiner(mapping.converter.target, settings, PX_PER_UNIT)

    def in_camera(self, result: InferenceResult) -> np.ndarray:
        """Poses of the GAN's joints in the camera's frame [mm], [n_frames, n_joints, 3].

        Args:
            result: a result of the search, in the world or in the camera's frame.
        """
        # The joints of the GAN's skeleton stand first; means of keypoints follow them.
        poses = result.p3w[:, : self.skeleton.n_joints].astype(np.float64)
        return MM_PER_M * (result.camera.to_camera(poses) if result.frame == "world" else poses)

    def bone_lengths(self, result: InferenceResult) -> np.ndarray:
        """Lengths of the person's bones [n_kinds] in subject heights, the mean over the frames."""
        poses = result.p3w[:, : self.skeleton.n_joints] / result.scale
        return self._bones.measure(poses).mean(axis=0)

    def poses_in_camera(self, result: InferenceResult, seen: Sighting) -> FilmPoses:
        """Poses in the camera's frame, in frames that were observed, with their verticals.

        Args:
            result: a result of the search in the camera's frame.
            seen: the person in the film.
        """
        if result.up is None:
            raise ValueError("a result in the world, which has its vertical already")
        rows = np.flatnonzero(result.status != Status.NO_OBSERVATIONS)
        return FilmPoses(self.in_camera(result)[rows], result.up[rows], seen.is_shown[rows])
