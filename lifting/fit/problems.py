"""People who cannot be lifted, and why.

Someone of whom too little is seen must not keep others from being lifted. So an error that concerns
one person does not end the lift of a film: it is a problem of that person.
"""

from human_pose_util.errors import DataError

Problems = dict[int, DataError]
"""Number of a person → why the person cannot be lifted."""
