"""Body measurements of a subject, `Mocap_Data/<subject>.mp`."""

from pathlib import Path

from human_pose_util.dataset.eva.text import parse_number, read_text
from human_pose_util.errors import DataError


def read_measurements(path: Path) -> dict[str, float]:
    """Read an `.mp` file, lines `$Name = value`; other lines are comments.

    Returns:
        Name → value [mm, degrees for angles].

    Raises:
        DataError: the file is missing, or a value is no number.
    """
    measurements = {}
    for i, line in enumerate(read_text(path).splitlines(), 1):
        name, equals, value = line.strip().partition("=")
        if name.startswith("$") and equals:
            measurements[name[1:].strip()] = parse_number(path, i, value.strip())
    return measurements


def read_shoulder_offsets(path: Path) -> dict[str, float]:
    """Distance from the shoulder marker to the joint's centre [mm], by side 'L' and 'R'.

    Raises:
        DataError: the file is missing or damaged, or does not say it.
    """
    measurements = read_measurements(path)
    try:
        return {side: measurements[f"{side}ShoulderOffset"] for side in "LR"}
    except KeyError as error:
        raise DataError(f"{path} has no line ${error.args[0]} = <mm>") from None
