"""The command line that the report scripts share."""

import argparse
import json
import sys
from pathlib import Path

from command_line.entry import Parser
from human_pose_util.dataset import DatasetSpec, load_dataset
from human_pose_util.errors import SpecError
from human_pose_util.evaluate import render
from human_pose_util.evaluate.layout import layout_of
from human_pose_util.evaluate.report import (
    JointErrors,
    Report,
    collect_joint_errors,
    evaluate,
)
from human_pose_util.evaluate.results_reader import require_inferences
from human_pose_util.files import atomic
from human_pose_util.vis.writer import check_suffix

SCRIPTS = {"h3m": "h3m_report.py", "eva": "eva_report.py"}
PICTURES = (".png", ".pdf", ".svg")
PAGES = (".html",)
STDOUT = "-"


def report_parser(description: str) -> Parser:
    """The flags of a report, without those that say where files are."""
    parser = Parser(description)
    add = parser.add_argument
    add("inference_id", help="name of the inference run")
    add("-o", "--overwrite", action="store_true", help="compute again what is cached")
    add("--reflection", action="store_true", help="admit mirrored poses, as the paper's code does")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, with every sequence")
    form.add_argument(
        "--csv",
        nargs="?",
        const=STDOUT,
        metavar="FILE",
        help="print CSV, or write it to FILE beside the printed table",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the errors: .png, .pdf or .svg")
    add("--html", type=Path, metavar="FILE", help="write a page with the table and the picture")
    return parser


def report_command(
    args: argparse.Namespace, spec: DatasetSpec, only_dataset: str | None = None
) -> None:
    """Print, and where asked write, the report of an inference run.

    Args:
        args: what `report_parser` parsed, with `results`, the path of the results file.
        spec: the data set of the run's parameters.
        only_dataset: refuse runs on another data set.

    Raises:
        SpecError: a run on another data set, or a picture format that cannot be written.
        DataError: no results yet, broken ones, or a file that cannot be written.
    """
    if only_dataset not in (None, spec.type):
        right = SCRIPTS.get(spec.type, "report.py")
        raise SpecError(
            f"inference {args.inference_id!r} is on data set {spec.type!r}, not "
            f"{only_dataset!r}: use `python {right} {args.inference_id}`"
        )
    for path, allowed in ((args.plot, PICTURES), (args.html, PAGES)):
        if path:
            check_suffix(path, allowed)
    require_inferences(args.results, args.inference_id)
    truth = load_dataset(spec, default_mode="eval")
    report = evaluate(
        args.results,
        args.inference_id,
        truth,
        layout_of(spec.type),
        spec.type,
        truth_spec=spec.model_dump_json(),
        reflection=args.reflection,
        overwrite=args.overwrite,
    )
    if report.not_cached:
        print(f"errors are not cached in {args.results}: {report.not_cached}", file=sys.stderr)
    if args.json:
        print(json.dumps(render.as_json(report), indent=2, ensure_ascii=False))
    elif args.csv == STDOUT:
        print(render.as_csv(report), end="")
    else:
        print(render.as_text(report))
    if args.csv not in (None, STDOUT):
        with atomic(args.csv) as temporary:
            temporary.write_text(render.as_csv(report), encoding="utf-8")
    if args.plot or args.html:
        _draw(args, report, collect_joint_errors(args.results, report, truth))


def _draw(args: argparse.Namespace, report: Report, errors: JointErrors) -> None:
    from human_pose_util.vis.error_page import page
    from human_pose_util.vis.error_plot import draw

    if args.plot:
        with atomic(args.plot) as temporary:
            temporary.write_bytes(draw(report, errors, args.plot.suffix[1:].lower()))
    if args.html:
        with atomic(args.html) as temporary:
            temporary.write_text(page(report, draw(report, errors, "svg")), encoding="utf-8")
