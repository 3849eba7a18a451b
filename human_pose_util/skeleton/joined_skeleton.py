"""Several bodies as one skeleton, for what draws one."""

from human_pose_util.skeleton.skeleton import Skeleton


def joined_skeleton(skeleton: Skeleton, n: int) -> Skeleton:
    """The skeletons of several people together, as one skeleton with several roots.

    Args:
        skeleton: the skeleton of each person.
        n: number of people.

    Returns:
        A skeleton of n times as many joints, those of the first person first.
    """
    links: list[tuple[str, str | None]] = []
    for i in range(n):
        links += [(f"{joint} {i}", parent and f"{parent} {i}") for joint, parent in skeleton.links]
    return Skeleton(skeleton.id, tuple(links))
