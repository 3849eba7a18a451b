"""How things move in time: from rest to rest with minimum jerk, and never quite still.

A `Timeline` cuts time into holds with moves between them; any number of quantities can follow it,
each a row of values per hold. People move a hand or shift their weight along the smoothest
curve there is: Flash and Hogan, "The coordination of arm movements" (J. Neuroscience 5, 1985).
"""

import numpy as np


def minimum_jerk(tau):
    """From 0 to 1 as tau goes from 0 to 1, at rest at both ends; constant outside."""
    tau = np.clip(tau, 0, 1)
    return tau**3 * (10 + tau * (6 * tau - 15))


def bump(tau):
    """From 0 up to 1 (at tau = 1/2) and back to 0, smooth at both ends; 0 outside."""
    tau = np.clip(tau, 0, 1)
    return 64 * (tau * (1 - tau)) ** 3


def drift(rng: np.random.Generator, time, size: int, period: float) -> np.ndarray:
    """Smooth, aimless movement: what keeps a person who stands still alive.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        size: number of independent quantities.
        period: seconds; about the time of one swing to and fro.

    Returns:
        [n_frames, size] of mean 0 and variance 1.
    """
    n_waves = 4
    rate = 2 * np.pi / period * rng.uniform(0.4, 1.6, (n_waves, size))
    phase = rng.uniform(0, 2 * np.pi, (n_waves, size))
    return np.sin(time[:, None, None] * rate + phase).sum(axis=1) * np.sqrt(2 / n_waves)


class Timeline:
    """Moves between holds 0, 1, …, n at given times.

    Args:
        time: [n_frames] seconds.
        starts: [n] when the move from hold k to hold k + 1 begins, increasing; every move ends
            before the next begins.
        durations: [n] seconds each move takes.
    """

    def __init__(self, time, starts, durations):
        starts = np.asarray(starts, dtype=float)
        self.before = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, None)
        self.tau = (time - starts[self.before]) / np.asarray(durations)[self.before]
        self.n_holds = len(starts) + 1

    def blend(self, values, begin: float = 0.0, end: float = 1.0) -> np.ndarray:
        """Values over time, moving within a part of each move only.

        Args:
            values: [n_holds, …] one per hold.
            begin: where in a move the quantity sets off, as a fraction of it,
            end: and where it arrives.

        Returns:
            [n_frames, …].
        """
        values = np.asarray(values, dtype=float)
        start, stop = values[self.before], values[self.before + 1]
        weight = minimum_jerk(self.progress(begin, end))
        return start + weight.reshape(-1, *[1] * (values.ndim - 1)) * (stop - start)

    def progress(self, begin: float = 0.0, end: float = 1.0) -> np.ndarray:
        """How far each frame is into its move's part from `begin` to `end`: [n_frames]."""
        return np.clip((self.tau - begin) / (end - begin), 0, 1)

    def move(self, values) -> np.ndarray:
        """The value, [n_moves, …], of the move that each frame is in or comes after."""
        return np.asarray(values)[self.before]


def random_timeline(rng: np.random.Generator, time, hold, move) -> Timeline:
    """A timeline of random holds and moves that covers `time`.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        hold: the shortest and the longest hold, seconds.
        move: the shortest and the longest move, seconds.
    """
    n = 2 + int((time[-1] - time[0] + move[1]) / (hold[0] + move[0]))
    durations = rng.uniform(*move, n)
    lengths = durations + rng.uniform(*hold, n)
    first = time[0] - rng.uniform(0, 1) * lengths[0]
    return Timeline(time, first + np.concatenate([[0], np.cumsum(lengths[:-1])]), durations)
