"""glTF 2.0 files (.glb): animated skeletons, which browsers, Blender and game engines show.

As glTF demands, lengths are in metres, y is up, and who faces z faces the front: x, y and z in the
file are y, z and x of the world.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.export.axes import y_up, y_up_rotations
from human_pose_util.export.bone_mesh import bone_mesh
from human_pose_util.export.gltf_document import VERTICES, Document
from human_pose_util.export.hips import rooted_at_hips
from human_pose_util.export.rig import fit_skeleton
from human_pose_util.export.skeleton_tree import children_of, depth_first, rest_positions
from human_pose_util.export.track import Track, film_frames
from human_pose_util.files import atomic
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.side_colors import LIMBS
from human_pose_util.units import MM_PER_M

if TYPE_CHECKING:
    import pygltflib

ANIMATION = "film"
"""The name of the animation, which moves all people."""

_SIDE_NAMES = {"l": "left", "r": "right", "": "middle"}


def save_glb(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks of one film as a `.glb` file, with all people in one scene.

    Each person is a node "person0", "person1", … with the joints of the skeleton of constant bones
    that `fit_skeleton` fits, the pelvis as their root, and a mesh whose skin they move. The rest
    pose stands where the person is first seen. The animation has a key for each frame of a person,
    at its time in the film; a person who is absent has the scale 0. The `extras` of the scene tell
    `fps`, and those of a person's node `doubtful`, the numbers of the frames in doubt in the film.

    Args:
        tracks: one or more tracks with one skeleton and one frame rate.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        SpecError: the skeleton has several roots.
        DataError: the file cannot be written.
    """
    document = Document()
    animation = document.library.Animation(name=ANIMATION)
    materials = _add_materials(document)
    end = film_frames(tracks).stop
    for track in tracks:
        extras = {"doubtful": track.frames[track.doubtful_mask].tolist()}
        person = document.add_node(name=f"person{track.person}", extras=extras)
        _add_person(document, animation, track, person, materials)
        _hide(document, animation, track, person, end)
    document.gltf.animations.append(animation)
    document.gltf.scenes[0].extras = {"fps": tracks[0].fps}
    content = document.to_bytes()
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def _add_materials(document: Document) -> dict[str, int]:
    """The materials of left, right and middle, by side; the colours are those of all pictures."""
    lib, materials = document.library, document.gltf.materials
    for side, color in LIMBS.items():
        srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(srgb > 0.04045, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92)  # of sRGB
        pbr = lib.PbrMetallicRoughness(
            baseColorFactor=[*linear.tolist(), 1.0], metallicFactor=0.0, roughnessFactor=0.8
        )
        materials.append(lib.Material(name=_SIDE_NAMES[side], pbrMetallicRoughness=pbr))
    return {side: i for i, side in enumerate(LIMBS)}


def _add_person(
    document: Document, animation: "pygltflib.Animation", track: Track, person: int,
    materials: dict[str, int],
) -> None:  # fmt: skip
    """Add the joints of a person below the node `person`, their motion, and a mesh."""
    p3w, skeleton = rooted_at_hips(track.p3w, track.skeleton)
    rig = fit_skeleton(p3w / MM_PER_M, skeleton)
    root, root_position = skeleton.root_index, y_up(rig.root_position)
    offsets = y_up(rig.offsets)
    rest = rest_positions(offsets, skeleton)
    offsets[root] = [root_position[0, 0], -rest[:, 1].min(), root_position[0, 2]]
    rest = rest + offsets[root]  # with its feet on the floor
    nodes: dict[int, int] = {}
    for joint in depth_first(skeleton):
        parent = int(skeleton.parents[joint])
        nodes[joint] = document.add_node(
            nodes[parent] if parent >= 0 else person,
            name=skeleton.joints[joint],
            translation=offsets[joint].tolist(),
        )
    times = document.add_array(track.frames / track.fps)
    document.add_track(animation, nodes[root], "translation", times, root_position)
    for joint, node in nodes.items():
        if children_of(skeleton, joint):
            quaternions = _quaternions(y_up_rotations(rig.rotations[:, joint]))
            document.add_track(animation, node, "rotation", times, quaternions)
    _add_mesh(document, f"person{track.person}", rest, skeleton, nodes, materials)


def _quaternions(rotations: np.ndarray) -> np.ndarray:
    """[n, 4] quaternions (x, y, z, w) of [n, 3, 3] rotations, each on the side of the one before.

    q and −q are one rotation, but some programs interpolate the long way from q to −q'.
    """
    quaternions = Rotation.from_matrix(rotations).as_quat()
    turns_over = np.sum(quaternions[1:] * quaternions[:-1], axis=-1) < 0
    quaternions[1:] *= np.where(np.cumsum(turns_over) % 2, -1, 1)[:, None]
    return quaternions


def _add_mesh(
    document: Document, name: str, rest: np.ndarray, skeleton: Skeleton, nodes: dict[int, int],
    materials: dict[str, int],
) -> None:  # fmt: skip
    """Add a mesh of bones in the rest pose [n_joints, 3] that the joints move."""
    lib, gltf = document.library, document.gltf
    mesh = lib.Mesh(name=f"{name} bones")
    for side, material in materials.items():
        vertices, normals, joints = bone_mesh(rest, skeleton, side)
        if not len(vertices):
            continue
        # A vertex may have four joints; here the first has the whole weight.
        columns = np.zeros((2, len(vertices), 4))
        columns[0, :, 0], columns[1, :, 0] = joints, 1
        attributes = lib.Attributes(
            POSITION=document.add_array(vertices, VERTICES),
            NORMAL=document.add_array(normals, VERTICES),
            JOINTS_0=document.add_array(columns[0].astype(int), VERTICES),
            WEIGHTS_0=document.add_array(columns[1], VERTICES),
        )
        mesh.primitives.append(lib.Primitive(attributes=attributes, material=material))
    if not mesh.primitives:
        return
    inverse_bind = np.tile(np.eye(4), (len(rest), 1, 1))
    inverse_bind[:, :3, 3] = -rest
    gltf.skins.append(
        lib.Skin(
            name=name,
            joints=[nodes[joint] for joint in range(len(rest))],
            inverseBindMatrices=document.add_array(inverse_bind),
            skeleton=nodes[skeleton.root_index],
        )
    )
    gltf.meshes.append(mesh)
    # At the top, because the nodes above a mesh with a skin do not move it.
    document.add_node(name=mesh.name, mesh=len(gltf.meshes) - 1, skin=len(gltf.skins) - 1)


def _hide(
    document: Document, animation: "pygltflib.Animation", track: Track, person: int, end: int
) -> None:  # fmt: skip
    """Scale a person to nothing in the frames before and after the own ones, up to frame `end`."""
    frames = [0, track.first_frame, track.first_frame + track.n_frames]
    scales = [0, 1, 0]
    keep = slice(int(frames[1] == 0), 2 if frames[2] == end else 3)
    if len(scales[keep]) > 1:
        times = document.add_array(np.array(frames[keep]) / track.fps)
        values = np.repeat(np.array(scales[keep], float)[:, None], 3, axis=1)
        document.add_track(animation, person, "scale", times, values, "STEP")
