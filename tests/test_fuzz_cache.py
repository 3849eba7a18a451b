"""Damaged files in the cache of converted data sets: converted again, or one clear line."""

import pytest
from hypothesis import given, settings

from human_pose_util.dataset import h3m, mocap
from human_pose_util.errors import DataError
from tests.fuzzing import damaged_bytes
from tests.h3m_tree import write_tree
from tests.mocap_files import amc_text, asf_text, cmu_bones, random_frames


def write_mocap(root):
    bones = cmu_bones()
    (root / "01").mkdir(parents=True)
    (root / "01" / "01.asf").write_text(asf_text(bones))
    (root / "01" / "01_01.amc").write_text(amc_text(random_frames(bones, 2)))
    return root


def write_h3m(root):
    return write_tree(root, [("S9", "Walking")], n_frames=3)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize(
    ("write", "load", "pattern"),
    [
        (write_mocap, mocap.load, "*.h5"),
        (write_h3m, h3m.load, "*.h5"),
        (write_h3m, h3m.load, "*.parts/*"),
    ],
)
def test_what_is_damaged_is_made_again_or_refused(tmp_path, monkeypatch, write, load, pattern):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    root = write(tmp_path / "data")
    n_frames = {key: len(sequence["p3w"]) for key, sequence in load(root).items()}
    (path,) = (tmp_path / "cache").glob(pattern)

    @settings(max_examples=settings.default.max_examples // 6)  # it takes long to convert again
    @given(damaged_bytes([path.read_bytes()], header=1 << 20))
    def is_made_again_or_refused(data):
        path.write_bytes(data)
        try:
            found = {key: len(sequence["p3w"]) for key, sequence in load(root).items()}
        except DataError as error:
            message = str(error)
        else:
            assert found == n_frames
            return
        assert str(tmp_path / "cache") in message
        assert "\n" not in message

    is_made_again_or_refused()
