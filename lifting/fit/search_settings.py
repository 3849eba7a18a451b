"""The settings of a search for keypoints of a film, by what the search is for."""

from typing import Any, Literal

from inference.model.camera_knowledge import CameraKnowledge
from inference.settings import SearchSettings
from lifting.input.keypoint_input import Film
from lifting.settings import (
    FLOOR,
    ROBUST_SCALE,
    STREAM_CONTACTS,
    STREAM_SHARE,
    WITH_PROPOSALS,
    WITHOUT_PROPOSALS,
    MotionWeights,
)

Kind = Literal["calibration", "film", "stream"]
"""What a search is for. "calibration": frames are independent, and the search solves for the height
and the bones of the person and the focal length, where they are unknown; "film": frames are coupled
and hold to what the calibration found; "stream": frames are coupled and hold to the bones that the
frames before them told, and keypoints with large errors pull less."""


def search_settings(
    kind: Kind, film: Film, weights: MotionWeights, has_proposals: bool
) -> SearchSettings:
    """The settings of a search.

    Args:
        kind: what the search is for.
        film: what is known of the film.
        weights: the weights of motion.
        has_proposals: whether the GAN has a proposal network.
    """
    is_calibration, known = kind == "calibration", film.camera
    changes: dict[str, Any] = {
        "camera": CameraKnowledge(
            extrinsics="known" if known.is_placed else "unknown",
            intrinsics="focal" if is_calibration and known.f is None else "known",
        ),
        "height": "unknown" if is_calibration and film.height is None else "known",
        "body": "unknown" if is_calibration else "known",
        "uncertainty": kind == "film",
    }
    if is_calibration:
        # It needs neither the end of the fit nor the best minimum of every frame: the stages, and
        # a step, tell the body. Films are as right, and the first pose is there sooner.
        changes |= {"max_iterations": 1, "neighbour_starts": False}
    else:
        changes |= {
            "smoothness_weight": weights.smoothness,
            "smoothness_about": "trend" if weights.smoothness else "rest",
            "contact_weight": weights.contacts,
        }
    if kind == "film" and weights.contacts:
        changes |= {"floor_weight": FLOOR}
    if kind == "stream":
        changes |= {
            "smoothness_weight": STREAM_SHARE * weights.smoothness,
            "contact_weight": STREAM_CONTACTS * weights.contacts,
            "robust_loss": "geman_mcclure",
            "robust_scale": ROBUST_SCALE,
        }
    return usual_settings(has_proposals).model_copy(update=changes)


def usual_settings(has_proposals: bool) -> SearchSettings:
    """What the settings of all searches with a GAN have in common.

    Args:
        has_proposals: whether the GAN has a proposal network.
    """
    return WITH_PROPOSALS if has_proposals else WITHOUT_PROPOSALS
