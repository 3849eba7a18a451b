"""Compare the poses of films with those of supervised networks that see time.

    python bench/films.py                  all methods, on exact and on detected image points
    python bench/films.py --quick          the network of films learns for a tenth of its steps
    python bench/films.py --held_out       the network of films does not learn some sequences, but
                                           its learning curve has their errors
    python bench/films.py --sequences 5    five of the sequences, evenly spaced

The data are the motion capture in MOCAP_PATH. All methods learn from its training sequences. The
bench evaluates them on the evaluation sequences, which one camera observes that stands still. Image
points are exact in the first table; in the second one they have the errors of a detector: noise
that is correlated in time, joints that are missing for a while, and left and right exchanged
(`bench.film_pairs`). Supervised networks are trained for either. Errors are P-MPJPE, N-MPJPE [mm]
and the acceleration error [mm/frame²], by kind of motion (`bench.motion.KINDS`), and the MPJPE of
all sequences; `python report.py --measures help` explains them. Trained networks stay in
--models_dir, with their learning curves; the bench trains those that are missing.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: it has namesakes

from bench.motion import KINDS, means_of, sequences, trained
from bench.search import OURS, OURS_DETECTED, proposals_alone, search
from command_line import Parser, run, start_tensorflow
from command_line.argument_types import positive, whole_number
from command_line.locations import add_location_flags
from human_pose_util.errors import SpecError

FPS = 30.0
SHOWN = "usual", "dance", "acrobatics"
MEASURES = {"p_mpjpe": "P-MPJPE", "n_mpjpe": "N-MPJPE", "acceleration_error": "acceleration"}
QUICKER = 10


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--fps", type=positive, default=FPS, help="frames per second (default: 30)")
    number_help = "number of sequences to evaluate (default: all)"
    parser.add_argument("--sequences", type=whole_number(1), metavar="N", help=number_help)
    quick_help = f"train networks of films for 1/{QUICKER} of their steps"
    parser.add_argument("--quick", action="store_true", help=quick_help)
    held_out_help = (
        "the network of films does not learn 6 sequences, but its learning curve has them"
    )
    parser.add_argument("--held_out", action="store_true", help=held_out_help)
    add_location_flags(parser, "models_dir")
    args = parser.parse_args()
    start_tensorflow()
    from bench.film_pairs import DETECTED, EXACT, spoilt

    takes = _with_rate(args.fps)
    takes = takes[:: max(len(takes) // (args.sequences or len(takes)), 1)][: args.sequences]
    for condition, errors in (("exact", EXACT), ("detected", DETECTED)):
        observed = [spoilt(take, errors, seed) for seed, take in enumerate(takes)]
        rows = {}
        for name, predict in _methods(args, condition, errors):
            rows[name] = _scores(predict(observed), takes)
            print(f"{condition}, {name}: {rows[name][0]:.1f} mm", file=sys.stderr, flush=True)
        _print_table(f"{condition} image points, {args.fps:g} Hz", rows)


def _with_rate(fps: float) -> list:
    """Return the evaluation sequences of the subjects whose data have a rate."""
    rates = {take.attrs["subject_id"]: take.attrs["fps"] for take in sequences(fps=None)}
    subjects = [subject for subject, rate in rates.items() if not rate % fps]
    if not subjects:
        known = ", ".join(f"{rate:g}" for rate in sorted(set(rates.values())))
        raise SpecError(f"--fps {fps:g}: no sequence has this rate; choose a divisor of {known}")
    return sequences(fps=fps, subjects=subjects)


def _methods(args: Namespace, condition: str, errors) -> Iterator[tuple[str, Callable]]:
    """Yield each method's name and its function from sequences to poses.

    Args:
        args: of the command.
        condition: name of the errors.
        errors: of the detector, `bench.film_pairs.Errors`.
    """
    from bench.temporal_regression import FIELD, STEPS, trained_on_films
    from gan.proposal_params import TemporalProposalParams
    from gan.training import train
    from lifting import PoseLifter

    ours, _ = trained(OURS, 0, args.models_dir)
    yield "regression of single frames", _single_frames(ours.params, args.fps, errors)
    variant = "_quick" * args.quick + "_held_out" * args.held_out
    folder = args.models_dir / f"temporal_regression_{args.fps:g}hz_{condition}{variant}"
    steps = STEPS // QUICKER if args.quick else STEPS
    peer = trained_on_films(ours.params, args.fps, errors, folder, steps, args.held_out)
    yield f"regression of {FIELD} frames", peer
    yield "our proposals from single frames", proposals_alone(ours)
    # The network for films is stored with the GAN, which has no use for it otherwise.
    of_films = ours.variant(ours.model_dir, temporal_proposal=TemporalProposalParams())
    train(of_films, ours.params.max_steps)
    yield "our proposals from films", proposals_alone(of_films)
    of_condition = OURS_DETECTED if condition == "detected" else OURS
    yield "mocap_best, single frames", search(ours, of_condition)
    lifter = PoseLifter(ours)
    yield "mocap_best, film, camera known", _film_lift(lifter, is_known=True)
    yield "mocap_best, film, camera unknown", _film_lift(lifter, is_known=False)


def _single_frames(params, fps: float, errors) -> Callable:
    """Return the regression that learns from the frames of the films of the temporal one."""
    from bench.film_pairs import FRAMES, film_pairs, observed
    from bench.regression import VIEWS, Pairs, Regressor
    from gan.training.motion import load_motion
    from human_pose_util.dataset import PoseSequence

    motion, skeleton = load_motion(params)
    n = 256  # number of films that are drawn at a time
    stride = 8  # poses in a row are alike, and each film has but one camera and one body
    parts = -(-len(motion.drawn) * VIEWS * stride // (n * FRAMES))
    films = (film_pairs(motion, params, skeleton, fps, errors, n, i) for i in range(parts))
    pairs = [part.frames(stride) for part in films]
    regressor = Regressor(Pairs(*map(np.concatenate, zip(*pairs, strict=True))), 0)

    def predict(takes):
        return regressor([PoseSequence({"p2": observed(t)[0]}, t.attrs) for t in takes])

    return predict


def _film_lift(lifter, is_known: bool) -> Callable:
    """Return the lifting of films, as users have it; the camera is known to it or not."""
    from lifting import FilmCamera

    def poses(take) -> np.ndarray:
        a = take.attrs
        f, c = (a["pixel_scale"] * np.array(a[name]) for name in "fc")
        r, t = np.array(a["r"]), a["space_scale"] * np.array(a["t"])
        known = {"f": f, "c": c, "r": r, "t": t} if is_known else {}
        keypoints = a["pixel_scale"] * np.array(take["p2"])
        camera = FilmCamera(**{name: value.tolist() for name, value in known.items()})
        lifted = lifter.lift(keypoints, lifter.gan.skeleton.id, 2 * c, a["fps"], camera)
        return lifted.p3c / a["space_scale"] @ r

    return lambda takes: [poses(take) for take in takes]


def _scores(poses: list[np.ndarray], takes: list) -> list[float]:
    """Return the means of each measure, of all sequences and by kind of motion, and the MPJPE."""
    from human_pose_util.evaluate.measures import pooled
    from human_pose_util.skeleton import S24

    means = [means_of(p3, take, S24) for p3, take in zip(poses, takes, strict=True)]
    subjects = [take.attrs["subject_id"] for take in takes]
    chosen = [subjects, *(KINDS[kind] for kind in SHOWN)]
    of_kinds = [
        pooled([m for m, subject in zip(means, subjects, strict=True) if subject in kind])
        for kind in chosen
    ]
    nothing = float("nan")
    scores = [m[name].value if name in m else nothing for name in MEASURES for m in of_kinds]
    return [*scores, of_kinds[0]["mpjpe"].value]


def _print_table(title: str, rows: dict[str, list[float]]) -> None:
    """Print the scores of methods; the title is that of the table."""
    from human_pose_util.evaluate.table import Table

    columns = [f"{name}: all" for name in MEASURES.values()]
    columns = [column for name in columns for column in (name, *SHOWN)]
    table = Table((title, *columns, "MPJPE"), tuple((name, *row) for name, row in rows.items()))
    print(f"{table.text()}\n", flush=True)


if __name__ == "__main__":
    run(main)
