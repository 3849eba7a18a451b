"""How quantities move in time: from rest to rest with minimum jerk, and never quite still.

A `Timeline` divides time into holds with moves between them. Any number of quantities can follow a
timeline, each with one value for every hold. People move a hand or shift their weight along the
smoothest curve there is, that of minimum jerk: Flash and Hogan, "The coordination of arm movements"
(J. Neuroscience 5, 1985).
"""

import numpy as np

Range = tuple[float, float]
"""The smallest and the largest value of a random quantity."""


def minimum_jerk(tau):
    """The minimum-jerk curve 10·τ³ − 15·τ⁴ + 6·τ⁵, which goes from 0 to 1 as τ does.

    Its speed and acceleration are 0 at both ends; outside of [0, 1] it is constant.
    """
    tau = np.clip(tau, 0, 1)
    return tau**3 * (10 + tau * (6 * tau - 15))


def bump(tau):
    """A curve from 0 up to 1 (at τ = 1/2) and back to 0, smooth at both ends; 0 outside [0, 1]."""
    tau = np.clip(tau, 0, 1)
    return 64 * (tau * (1 - tau)) ** 3


def drift(rng: np.random.Generator, time, size: int, period: float) -> np.ndarray:
    """Smooth, aimless movement, without which a person who stands still would look frozen.

    Each quantity is a sum of four sine waves of random frequency and phase.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        size: number of independent quantities.
        period: about the time of one swing to and fro [s].

    Returns:
        [n_frames, size] values with mean 0 and variance 1.
    """
    n_waves = 4
    rate = 2 * np.pi / period * rng.uniform(0.4, 1.6, (n_waves, size))
    phase = rng.uniform(0, 2 * np.pi, (n_waves, size))
    return np.sin(time[:, None, None] * rate + phase).sum(axis=1) * np.sqrt(2 / n_waves)


class Timeline:
    """Moves between the holds 0, 1, …, n_moves at given times.

    Args:
        time: [n_frames] seconds.
        starts: [n_moves] seconds at which the move from hold k to hold k + 1 begins, ascending;
            every move ends before the next move begins.
        durations: [n_moves] seconds that each move takes.

    Attributes:
        before: [n_frames] the hold from which each frame comes: the frame is in the move that
            begins there, or in the hold at the end of this move. Frames before the first move
            belong to the first move.
        tau: [n_frames] time since the beginning of that move, relative to its duration; negative
            before the first move, and above 1 in the hold after a move.
        n_holds: number of holds.
    """

    def __init__(self, time, starts, durations):
        starts = np.asarray(starts, dtype=float)
        self.before = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, None)
        self.tau = (time - starts[self.before]) / np.asarray(durations)[self.before]
        self.n_holds = len(starts) + 1

    def blend(
        self, values, begin: float | np.ndarray = 0.0, end: float | np.ndarray = 1.0
    ) -> np.ndarray:
        """Values over time, which change during a part of each move only.

        Args:
            values: [n_holds, …] one value for each hold, in any unit.
            begin: the fraction of a move, from 0 to 1, at which the change begins, for all moves
                or [n_frames] for the move of each frame.
            end: the fraction of a move at which the change ends, likewise.

        Returns:
            [n_frames, …] values in the unit of `values`.
        """
        values = np.asarray(values, dtype=float)
        start, stop = values[self.before], values[self.before + 1]
        weight = minimum_jerk(self.progress(begin, end))
        return start + weight.reshape(-1, *[1] * (values.ndim - 1)) * (stop - start)

    def progress(
        self, begin: float | np.ndarray = 0.0, end: float | np.ndarray = 1.0
    ) -> np.ndarray:
        """How far each frame has got between two fractions of its move.

        Args:
            begin: the first fraction, from 0 to 1, for all moves or [n_frames].
            end: the second fraction, likewise.

        Returns:
            [n_frames] from 0 (at or before `begin`) to 1 (at or after `end`).
        """
        return np.clip((self.tau - begin) / (end - begin), 0, 1)

    def of_move(self, values) -> np.ndarray:
        """[n_frames, …] from values [n_moves, …]: the value of the move that a frame belongs to."""
        return np.asarray(values)[self.before]


def random_timeline(rng: np.random.Generator, time, hold: Range, move: Range) -> Timeline:
    """A timeline of random holds and moves that covers `time`.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        hold: duration of a hold [s].
        move: duration of a move [s].
    """
    n = 2 + int((time[-1] - time[0] + move[1]) / (hold[0] + move[0]))
    durations = rng.uniform(move[0], move[1], n)
    lengths = durations + rng.uniform(hold[0], hold[1], n)
    first = time[0] - rng.uniform(0, 1) * lengths[0]
    return Timeline(time, first + np.concatenate([[0], np.cumsum(lengths[:-1])]), durations)
