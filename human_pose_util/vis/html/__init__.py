"""A scene as one web page that needs no network: 3D playback in the browser."""

from human_pose_util.vis.html.scene_page import page, save

__all__ = ["page", "save"]
