"""Films themselves: their frames, and a detector that finds the keypoints of a person in them."""

from human_pose_util.film.film_file import FilmFile, film_identity, is_film, open_film
from human_pose_util.film.film_keypoints import film_keypoints

__all__ = ["FilmFile", "film_identity", "film_keypoints", "is_film", "open_film"]
