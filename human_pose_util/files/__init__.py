"""Files on disk: written as a whole or not at all, locked while written, checked when read."""

from human_pose_util.files.locks import exclusive, lock_of
from human_pose_util.files.writing import atomic, remove_temporary, replacing, require_room

__all__ = ["atomic", "exclusive", "lock_of", "remove_temporary", "replacing", "require_room"]
