"""Files on disk: written whole or not at all, locked while they are written, checked when read."""

from human_pose_util.files.locks import exclusive, lock_of
from human_pose_util.files.writing import atomic, remove_temporary

__all__ = ["atomic", "exclusive", "lock_of", "remove_temporary"]
