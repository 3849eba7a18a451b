"""Work in pieces: here, and on the workers of a real Dask cluster, one of which is killed."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from command_line.dask_cluster import CODE, ROOT, cluster
from command_line.scheduler_flags import add_scheduler_flags, workers_of
from human_pose_util.errors import DataError, SpecError
from human_pose_util.workers import LocalWorker, spread
from tests.helpers.commands import run_as_process

DASK = Path(sys.executable).with_name("dask")


def half(number: int) -> float:
    if number == 13:
        raise ValueError("unlucky")
    return number / 2


def test_items_are_done_one_after_another_and_what_is_raised_comes_as_a_result():
    results = dict(spread(LocalWorker(half), ((f"tag {n}", n) for n in (2, 13, 6))))
    assert (results["tag 2"], results["tag 6"]) == (1.0, 3.0)
    assert isinstance(results["tag 13"], ValueError)


def test_an_item_may_follow_from_a_result():
    here = LocalWorker(half)
    here.submit("a", 8)
    seen = []
    for tag, result in here.results():
        seen.append(result)
        if result > 1:
            here.submit(tag, result)
    assert seen == [4.0, 2.0, 1.0]


def test_few_items_are_drawn_before_they_are_needed():
    drawn = []
    items = ((n, n) for n in range(100) if drawn.append(n) is None)
    for done, _ in enumerate(spread(LocalWorker(half), items)):
        assert len(drawn) <= done + 3
    assert len(drawn) == 100


def flags(*arguments):
    parser = argparse.ArgumentParser()
    add_scheduler_flags(parser)
    return workers_of(parser.parse_args(arguments))


def test_flags():
    assert flags() is None
    here = flags("--scheduler", "local", "--n_workers", "2")
    assert here.keywords == {"scheduler": "local", "n_workers": 2}
    elsewhere = flags("--scheduler", "tcp://10.0.0.1:8786")
    assert elsewhere.keywords == {"scheduler": "tcp://10.0.0.1:8786", "n_workers": None}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scheduler", "here"], "--scheduler 'here': expected 'local', or an address such as"),
        (["--scheduler", "tcp://host"], "expected 'local', or an address"),
        (["--n_workers", "2"], "--n_workers needs --scheduler local"),
        (["--scheduler", "tcp://a:1", "--n_workers", "2"], "needs --scheduler local"),
    ],
)
def test_flags_that_mean_nothing(arguments, message):
    with pytest.raises(SpecError, match=message.replace("(", r"\(")):
        flags(*arguments)


def test_nobody_there(monkeypatch):
    monkeypatch.setattr("command_line.dask_cluster.SECONDS_TO_CONNECT", 1)
    unheard = "tcp://127.0.0.1:9"
    with (
        pytest.raises(DataError, match=f"--scheduler {unheard}: no Dask scheduler answers"),
        cluster(half, unheard),
    ):
        pass


def test_dask_is_imported_for_a_cluster_only(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, train, generate_inferences\n"
        "import inference.runs.dataset_run, gan.training.distributed_population\n"
        "assert not {'dask', 'distributed'} & set(sys.modules)"
    )
    process = run_as_process(script, [], ROOT, {})
    assert process.returncode == 0, process.stderr


@pytest.mark.slow
def test_ctrl_c_reaches_workers_of_this_machine_too_and_is_said_once(tmp_path):
    command = tmp_path / "command.py"
    command.write_text(
        "import time\n"
        "from command_line import Parser, run\n"
        "from command_line.scheduler_flags import add_scheduler_flags, workers_of\n"
        "from human_pose_util.workers import spread\n"
        "def main():\n"
        "    parser = Parser('')\n"
        "    add_scheduler_flags(parser)\n"
        "    with workers_of(parser.parse_args())(time.sleep) as workers:\n"
        "        assert workers.size == 2\n"
        "        done = dict(spread(workers, [('one', 0), ('other', 0)]))\n"
        "        assert done == {'one': None, 'other': None}\n"
        "        print('ready', flush=True)\n"
        "        list(spread(workers, [('one', 60), ('other', 60)]))\n"
        "if __name__ == '__main__':\n"
        "    run(main)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, command, "--scheduler", "local", "--n_workers", "2"],
        env=environment,
        start_new_session=True,
        **pipes,
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)  # workers begin
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=60)  # nobody holds the pipe any more
    assert process.returncode == 130
    assert errors.strip() == "interrupted"


def start_dask(folder: Path, *arguments: str, PYTHONPATH="") -> subprocess.Popen:
    """Starts one of Dask's commands in a folder that is not the project's."""
    environment = os.environ | {"PYTHONPATH": str(PYTHONPATH)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([DASK, *arguments], cwd=folder, env=environment, **quiet)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a running scheduler."""
    folder = tmp_path_factory.mktemp("scheduler")
    file = folder / "scheduler.json"
    process = start_dask(
        folder, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
    )
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield json.loads(file.read_text())["address"]
    process.kill()
    process.wait()


@pytest.fixture
def dask(scheduler, tmp_path):
    """A function that starts a worker outside of the project's folder; the scheduler's address."""
    started = []

    def start_worker(*arguments, **environment):
        worker = ("worker", scheduler, "--nthreads", "1", "--no-dashboard")
        started.append(start_dask(tmp_path, *worker, *arguments, **environment))
        return started[-1]

    yield start_worker, scheduler
    for process in started:
        process.kill()
        process.wait()
    from distributed import Client

    # The next test has workers of its own. A client without a job waits for it: a job would go to
    # a worker that is about to end.
    with Client(scheduler) as client:
        while client.nthreads():
            time.sleep(0.05)


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_what_it_was_doing(dask):
    """The nanny-less worker is lost in mid-work; the other one does its item too."""
    start_worker, address = dask
    doomed = start_worker("--no-nanny")
    with cluster(time.sleep, address) as workers:
        while not workers._client.nthreads():
            time.sleep(0.1)
        for tag in range(6):
            workers.submit(tag, 0.5)
        threading.Timer(0.7, start_worker, ["--no-nanny"]).start()
        threading.Timer(0.75, doomed.send_signal, [signal.SIGKILL]).start()
        results = dict(workers.results())
    assert results == dict.fromkeys(range(6))


def files_of_workers(client) -> set[str]:
    """The names of the files that all workers keep in their folders."""
    listings = client.run(lambda dask_worker: os.listdir(dask_worker.local_directory))
    return {name for names in listings.values() for name in names}


@pytest.mark.slow
def test_workers_need_nothing_of_the_project(dask):
    """The job is a function of ours, which these workers can import from nowhere else."""
    from human_pose_util.registry import get_skeleton

    start_worker, address = dask
    start_worker()
    # Another command on the same workers, at the same time, takes no part in it.
    with cluster(get_skeleton, address) as workers, cluster(str, address) as others:
        others.submit("d", 6)
        results = dict(spread(workers, [("a", "s24"), ("b", "s14"), ("c", "nobody")]))
        results |= others.results()
        assert any(name.endswith(".zip") for name in files_of_workers(workers._client))
    assert results["a"].n_joints == 24
    assert results["b"] == get_skeleton("s14")
    assert results["d"] == "6"
    assert isinstance(results["c"], SpecError)
    assert all((ROOT / name).exists() for name in CODE)


@pytest.mark.slow
def test_no_code_goes_to_workers_that_have_the_project(dask):
    from human_pose_util.registry import get_skeleton

    start_worker, address = dask
    start_worker("--no-nanny", PYTHONPATH=ROOT)
    with cluster(get_skeleton, address) as workers:
        results = dict(spread(workers, [("a", "s24")]))
        assert not any(name.endswith(".zip") for name in files_of_workers(workers._client))
    assert results["a"] == get_skeleton("s24")


@pytest.mark.slow
def test_workers_do_not_use_another_version_that_they_have(dask, tmp_path):
    from human_pose_util.registry import get_skeleton

    (tmp_path / "serialization.py").write_text("raise RuntimeError('an old version')")
    (tmp_path / "human_pose_util").mkdir()
    (tmp_path / "human_pose_util" / "__init__.py").write_text("")
    start_worker, address = dask
    start_worker("--no-nanny", PYTHONPATH=tmp_path)
    with cluster(get_skeleton, address) as workers:
        results = dict(spread(workers, [("a", "s24")]))
    assert results["a"] == get_skeleton("s24")
