#!/usr/bin/env python
"""Infer the 3D poses of a data set's sequences from their 2D joints.

examples:
  python generate_inferences.py h3m_big        the paper's inference on Human3.6M
  python generate_inferences.py h3m_big -o     the same again, from the beginning
  python report.py h3m_big                     then: the errors
  python generate_inferences.py h3m_big --scheduler local
                                               a process for each core
  python generate_inferences.py h3m_big --scheduler tcp://host:8786
                                               the workers of a Dask cluster (docs/scaling_out.md)

Finished sequences are skipped, so an interrupted run goes on where it stopped.
"""

import sys

from command_line import Parser, run, start_tensorflow


def main() -> None:
    """Parse the command line, infer, print how the frames ended."""
    from command_line.locations import add_location_flags
    from command_line.scheduler_flags import add_scheduler_flags, workers_of

    parser = Parser(__doc__)
    id_help = "run the inference that inference_params/INFERENCE_ID.json describes"
    parser.add_argument("inference_id", help=id_help)
    overwrite_help = "infer finished sequences again"
    parser.add_argument("-o", "--overwrite", action="store_true", help=overwrite_help)
    add_scheduler_flags(parser)
    add_location_flags(parser, "inference_params_dir", "gan_params_dir", "models_dir", "results")
    args = parser.parse_args()
    make_workers = workers_of(args)

    from human_pose_util.errors import about
    from lifting.film.results import inference_params

    params = inference_params(args.inference_id, args.inference_params_dir, args.results)
    if doubt := params.doubt_of_units:
        print(f"note: {args.inference_id}.json: {doubt}", file=sys.stderr)
    start_tensorflow()
    from gan import GanBuilder
    from inference.runs.dataset_run import infer_dataset

    with about(f"{args.inference_id}.json: gan_id"):
        gan = GanBuilder(params.gan_id, args.gan_params_dir, args.models_dir)
    summary = infer_dataset(
        args.inference_id, params, gan, args.results, args.overwrite, make_workers=make_workers
    )
    for line in summary.outcome_lines:
        print(line)
    place = f"{args.results}, group {args.inference_id}"
    if not summary.saved_nothing:
        print(f"saved {place}")
    with about(f"{args.inference_id}.json"):
        summary.require_all()
    if summary.saved_nothing:
        print(f"{args.inference_id} is finished already: {place}")


if __name__ == "__main__":
    run(main, kept="finished sequences are saved")
