"""Human3.6M, from the CDF files of its archives."""

from human_pose_util.dataset.h3m.dataset import load
from human_pose_util.dataset.h3m_protocol import CATEGORIES, category

__all__ = ["CATEGORIES", "category", "load"]
