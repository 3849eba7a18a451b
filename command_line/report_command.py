"""The command line that the report scripts share."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from os.path import expanduser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_line.argument_types import saved_as
from command_line.hints import inference_command, inference_hint, with_flags
from command_line.locations import add_location_flags
from command_line.outputs import check_outputs
from command_line.parser import Parser
from human_pose_util.errors import SpecError, about
from human_pose_util.files import atomic
from human_pose_util.suffixes import listing

if TYPE_CHECKING:
    from human_pose_util.dataset import Dataset, DatasetSpec
    from human_pose_util.evaluate.error_report import ErrorReport

SCRIPTS = {"h3m": "h3m_report.py", "eva": "eva_report.py"}
"""The scripts that accept one data set only, by the id of the data set."""
FROM_CACHE = "errors of an earlier report; if the data set has changed, -o computes them again"
PICTURES = (".png", ".pdf", ".svg")
STDOUT = "-"


def report_command(
    description: str,
    load_params: Callable[[str, Path, Path | None], Any],
    only_dataset: str | None = None,
) -> None:
    """Parse the command line, then print and save the error report of an inference run.

    Several runs are compared side by side, over the sequences that all of them have finished.

    Args:
        description: text of the command's help.
        load_params: function that returns the parameters of an inference run, whose attribute
            `dataset` is a `DatasetSpec`, from the id of the run and the folder of the parameter
            files.
        only_dataset: id of the only data set that the command accepts; None for any data set.

    Raises:
        SpecError: the parameters or the flags are wrong, or the run is on another data set.
        DataError: there are no results yet, data is missing or broken, or a file cannot be
            written.
    """
    args = _parser(description).parse_args()
    written = [path for path in (args.csv, args.plot, args.html) if path not in (None, STDOUT)]
    check_outputs(written, [args.results])
    if len(args.inference_id) == 1:
        report, load = _report_on(args, args.inference_id[0], load_params, only_dataset)
        _print_report(args, report)
        _save_pictures(args, report, load)
        return
    from human_pose_util.evaluate.report_comparison import over_common_sequences

    if args.plot or args.html:
        raise SpecError("--plot and --html show one inference run")
    reports = [_report_on(args, i, load_params, only_dataset)[0] for i in args.inference_id]
    _print_comparison(args, over_common_sequences(reports))


def _report_on(
    args: argparse.Namespace,
    inference_id: str,
    load_params: Callable[[str, Path, Path | None], Any],
    only_dataset: str | None,
) -> "tuple[ErrorReport, Callable[[], Dataset]]":
    """The report on a run, and a function that loads its data set, which cached errors spare."""
    from human_pose_util.dataset import load_dataset
    from human_pose_util.evaluate.report_layout import layout_of
    from human_pose_util.evaluate.results_reader import require_inferences
    from human_pose_util.evaluate.run_evaluation import cached_report, evaluate_run

    params = load_params(inference_id, args.inference_params_dir, args.results)
    spec: DatasetSpec = params.dataset
    if only_dataset not in (None, spec.type):
        right = SCRIPTS.get(spec.type, "report.py")
        raise SpecError(
            f"inference {inference_id!r} is on data set {spec.type!r}, not "
            f"{only_dataset!r}: use `python {right} {inference_id}`"
        )

    @cache
    def load() -> "Dataset":
        with about(f"{inference_id}.json"):
            return load_dataset(spec, default_mode="eval")

    with inference_hint(inference_id):
        require_inferences(args.results, inference_id)
        of_run = {
            "path": args.results, "inference_id": inference_id, "layout": layout_of(spec.type),
            "dataset_id": spec.type, "truth_spec": spec.description,
            "reflection": args.reflection,
        }  # fmt: skip
        report = None if args.overwrite else cached_report(**of_run)
        if report is None:
            report = evaluate_run(**of_run, truth=load(), overwrite=args.overwrite)
    _print_doubts(args.results, report, params.model_dump())
    return report, load


def _print_doubts(results: Path, report: "ErrorReport", params: Mapping[str, Any]) -> None:
    """Say on standard error what the reader of a report should know of the run.

    Args:
        results: the results file.
        report: the report on the run.
        params: the parameters of the run, with defaults.
    """
    from human_pose_util.evaluate.data_signature import doubt_of_data
    from human_pose_util.evaluate.outcomes import doubt_of_poses
    from human_pose_util.evaluate.provenance import doubt_of_origin

    origin = doubt_of_origin(results, report.inference_id, params)
    command = inference_command(report.inference_id, overwrite=True)
    for outdated in filter(None, (origin, doubt_of_data(report.changed))):
        print(f"note: {outdated}: {command} infers everything anew", file=sys.stderr)
    if doubt := doubt_of_poses(results, report.inference_id):
        print(f"note: {doubt}", file=sys.stderr)
    if report.not_cached:
        print(f"errors are not cached in {results}: {report.not_cached}", file=sys.stderr)


class _Measures(argparse.Action):
    """The flag that chooses measures; with "help" it explains them and ends the command."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, text: Any, *_
    ) -> None:
        """Store the names, or explain all measures."""
        from human_pose_util.evaluate.measures import chosen, explanation

        if text == "help":
            print(with_flags(explanation()), flush=True)
            parser.exit()
        namespace.measures = chosen(text)


def _parser(description: str) -> Parser:
    """The flags of a report."""
    parser = Parser(description)
    add = parser.add_argument
    id_help = "name of the inference run; several are compared with the first"
    add("inference_id", nargs="+", help=id_help)
    add("-o", "--overwrite", action="store_true", help="compute cached errors again")
    add(
        "--measures", action=_Measures, metavar="NAME[,NAME…]",
        help="show other measures, or all; --measures help explains them (--json and --csv have "
        "all of them)",
    )  # fmt: skip
    add("--reflection", action="store_true", help="admit mirrored poses, as the paper's code does")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, with every sequence")
    csv_help = "print CSV, or write it to FILE and print the table"
    form.add_argument(
        "--csv", nargs="?", type=expanduser, const=STDOUT, metavar="FILE", help=csv_help
    )
    plot_help = f"draw the errors: {listing(PICTURES)}"
    add("--plot", type=saved_as(PICTURES), metavar="FILE", help=plot_help)
    html_help = "write a page with the table and the picture"
    add("--html", type=saved_as((".html",)), metavar="FILE", help=html_help)
    add_location_flags(parser, "inference_params_dir", "results")
    return parser


def _print_report(args: argparse.Namespace, report: "ErrorReport") -> None:
    """Print the report in the format that the flags choose; a CSV file is written, too."""
    from human_pose_util.evaluate.report_formats import as_csv, as_json, as_text

    if args.json:
        print(json.dumps(as_json(report), indent=2, ensure_ascii=False))
    elif args.csv == STDOUT:
        print(as_csv(report), end="")
    else:
        print(with_flags(as_text(report, _notes(report), **_shown(args))))
    _save_csv(args, as_csv(report))


def _print_comparison(args: argparse.Namespace, reports: "list[ErrorReport]") -> None:
    """Print several reports in the format that the flags choose; a CSV file is written, too."""
    from human_pose_util.evaluate.report_comparison import comparison_csv, comparison_text
    from human_pose_util.evaluate.report_formats import as_json

    if args.json:
        print(json.dumps([as_json(report) for report in reports], indent=2, ensure_ascii=False))
    elif args.csv == STDOUT:
        print(comparison_csv(reports), end="")
    else:
        print(with_flags(comparison_text(reports, **_shown(args))))
    _save_csv(args, comparison_csv(reports))


def _shown(args: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """The argument that chooses the measures to show; none without the flag."""
    return {"measures": args.measures} if args.measures else {}


def _save_csv(args: argparse.Namespace, content: str) -> None:
    """Write the CSV file that the flags ask for."""
    if args.csv not in (None, STDOUT):
        with atomic(args.csv) as temporary:
            temporary.write_text(content, encoding="utf-8")
        _say_saved(args.csv)


def _save_pictures(
    args: argparse.Namespace, report: "ErrorReport", load: "Callable[[], Dataset]"
) -> None:
    """Write the picture and the page that the flags ask for."""
    if not (args.plot or args.html):
        return
    from human_pose_util.evaluate.joint_errors import collect_joint_errors
    from human_pose_util.vis.error_page import page
    from human_pose_util.vis.error_plot import draw

    with inference_hint(report.inference_id):
        errors = collect_joint_errors(args.results, report, load())
    if args.plot:
        with atomic(args.plot) as temporary:
            temporary.write_bytes(draw(report, errors, args.plot.suffix[1:].lower()))
        _say_saved(args.plot)
    if args.html:
        picture = draw(report, errors, "svg")
        content = with_flags(page(report, picture, _notes(report), **_shown(args)))
        with atomic(args.html) as temporary:
            temporary.write_text(content, encoding="utf-8")
        _say_saved(args.html)


def _say_saved(path: str | Path) -> None:
    """Name a file that is written; standard output is for the report."""
    print(f"saved {path}", file=sys.stderr)


def _notes(report: "ErrorReport") -> list[str]:
    """What the user can do about a report that is not complete or may be old."""
    command = inference_command(report.inference_id)
    notes = [f"{command} continues with the missing sequences"] if report.missing else []
    return [*notes, FROM_CACHE] if report.is_cached else notes
