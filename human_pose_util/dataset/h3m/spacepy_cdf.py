"""NASA's CDF library through spacepy, which is imported on first use and leaves no ~/.spacepy."""

import functools
import os
import tempfile
from types import ModuleType

from human_pose_util.errors import DataError
from human_pose_util.extras import install_command


@functools.cache
def load_pycdf() -> ModuleType:
    """The module `spacepy.pycdf`.

    While it is imported, spacepy writes its settings to the folder `$SPACEPY/.spacepy`, by default
    in the home folder, and reads them again. Two processes that do so at the same time read halves
    of each other's files and fail, and a process that is killed meanwhile leaves half a file to all
    others. So every import has a folder of its own, unless the user has set SPACEPY.

    Raises:
        DataError: spacepy is not installed, or has no CDF library for this machine.
    """
    if "SPACEPY" in os.environ:
        return _pycdf()
    with tempfile.TemporaryDirectory(prefix="spacepy-") as folder:
        os.environ["SPACEPY"] = folder
        try:
            return _pycdf()
        finally:
            del os.environ["SPACEPY"]


def _pycdf() -> ModuleType:
    try:
        from spacepy import pycdf
    except ImportError as error:
        need = f"CDF files need spacepy with its CDF library ({error})"
        raise DataError(f"{need}: {install_command('h3m')}") from error
    return pycdf
