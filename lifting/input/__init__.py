"""What comes in: the keypoints of people, and what is known of the film and its camera."""
