"""From keypoints to poses before a camera: takes, bodies, searches, and what they tell."""
