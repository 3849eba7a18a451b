"""HDF5 files that are cut, or hold something else: a sound result, or one clear line.

Bytes are not flipped at random here: one such file in a thousand crashes or stalls the HDF5 library
itself.
"""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from human_pose_util.dataset import h3m, mocap
from human_pose_util.dataset.hdf5 import read_dataset
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_reader import read_inferences
from tests.helpers.damaged_files import read_or_refuse
from tests.helpers.h3m_tree import write_tree
from tests.helpers.mocap_files import amc_text, asf_text, cmu_bones, random_frames

DTYPES = st.sampled_from(["f4", "f8", "i2", "u1", "?", "c8", "S3", "f2", "M8[s]", "O"])
SHAPES = st.lists(st.integers(0, 4), max_size=4) | st.just([2, 14, 3]) | st.just([2, 14, 2])
VALUES = st.one_of(
    st.none(),
    st.floats(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    st.integers(-(2**63), 2**63 - 1),
    st.lists(st.floats(), max_size=4),
    st.just(np.eye(3)),
    st.binary(min_size=1, max_size=3).map(np.void),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["fps", "mode", "r", "t", "f", "c", "space_scale", "skeleton_id", "subject_id"]
    ),
    VALUES,
    max_size=4,
)


def array(shape: list[int], dtype: str):
    """What `create_dataset` is to be told."""
    if dtype in ("O", "M8[s]"):  # h5py has no dates: bytes of as many
        return {"shape": shape, "dtype": h5py.string_dtype() if dtype == "O" else "V8"}
    return {"data": np.ones(shape, dtype)}


def fill(group, attributes: dict) -> None:
    for name, value in attributes.items():
        group.attrs[name] = h5py.Empty("f4") if value is None else value


CONTENT = st.dictionaries(
    st.sampled_from(["p3w", "p2", "p3c"]), st.tuples(SHAPES, DTYPES) | st.just("group"), max_size=3
)


@given(CONTENT, ATTRIBUTES, ATTRIBUTES, st.none() | st.integers(0, 8000))
def test_sequences(tmp_path_factory, content, attributes, of_file, length):
    path = tmp_path_factory.mktemp("hdf5") / "made"
    with h5py.File(path, "w") as file:
        group = file.create_group("run/S9")
        for name, what in content.items():
            if what == "group":
                group.create_group(name)
            else:
                group.create_dataset(name, **array(*what))
        fill(group, attributes)
        fill(file, of_file)
    data = path.read_bytes()[:length]

    def read_own(path):
        for sequence in read_dataset(path).values():
            assert sequence["p3w"].shape[2] == 3
            assert np.shape(sequence.attrs.get("t", [0, 0, 0])) == (3,)
            assert np.isfinite(sequence.attrs.get("r", 0)).all()
            assert sequence.attrs["space_scale"] > 0

    def read_results(path):
        for inferred in read_inferences(path, "run", ["S9"]).finished.values():
            assert inferred.p3w.shape[2] == 3
            assert 0 < inferred.space_scale < np.inf

    read_or_refuse(read_own, data, "a.h5")
    read_or_refuse(read_results, data, "a.h5")


def write_mocap(root):
    bones = cmu_bones()
    (root / "01").mkdir(parents=True)
    (root / "01" / "01.asf").write_text(asf_text(bones))
    (root / "01" / "01_01.amc").write_text(amc_text(random_frames(bones, 2)))
    return root


def write_h3m(root):
    return write_tree(root, [("S9", "Walking")], n_frames=3)


@pytest.mark.parametrize(
    ("write", "load", "pattern"),
    [
        (write_mocap, mocap.load, "*.h5"),
        (write_h3m, h3m.load, "*.h5"),
        (write_h3m, h3m.load, "*.parts/*"),
    ],
    ids=["mocap", "h3m", "h3m-parts"],
)
class TestCache:
    """Converted again, or one clear line."""

    @pytest.fixture
    def cached(self, tmp_path, monkeypatch, write, load, pattern):
        """The cached file, and what loads it: key → number of frames."""
        monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
        root = write(tmp_path / "data")

        def lengths():
            return {key: len(sequence["p3w"]) for key, sequence in load(root).items()}

        lengths()
        (path,) = (tmp_path / "cache").glob(pattern)
        return path, lengths

    def test_cut(self, cached):
        path, lengths = cached
        whole, expected = path.read_bytes(), lengths()

        @settings(max_examples=settings.default.max_examples // 8)  # converting takes its time
        @given(st.integers(0, len(whole) - 1))
        def is_made_again(length):
            path.write_bytes(whole[:length])
            assert lengths() == expected

        is_made_again()

    def test_other_contents(self, cached):
        path, lengths = cached
        expected = lengths()
        with h5py.File(path, "r") as file:
            names = [*file, *(f"attribute {name}" for name in file.attrs)]
        for name in names:
            with h5py.File(path, "r+") as file:
                place = file.attrs if name.startswith("attribute") else file
                key = name.removeprefix("attribute ")
                del place[key]
                place[key] = np.arange(3)
            try:
                found = lengths()
            except DataError as error:
                message = str(error)
                path.unlink()
                lengths()
            else:
                assert found == expected
                continue
            assert path.stem.split("-")[0] in message
            assert "\n" not in message
