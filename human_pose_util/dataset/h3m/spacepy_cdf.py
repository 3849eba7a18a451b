"""NASA's CDF library through spacepy, which is imported on first use and leaves no ~/.spacepy."""

import os
import tempfile
from pathlib import Path
from types import ModuleType

from human_pose_util.errors import DataError
from human_pose_util.extras import install_command


def load_pycdf() -> ModuleType:
    """The module `spacepy.pycdf`.

    Importing spacepy writes its settings to the folder `$SPACEPY/.spacepy`, by default in the home
    folder. Unless the user has set SPACEPY, they go to the cache folder (see
    `human_pose_util.dataset.cache`), or to the temporary folder where that cannot be written.

    Raises:
        DataError: spacepy is not installed, or has no CDF library for this machine.
    """
    if "SPACEPY" not in os.environ:
        os.environ["SPACEPY"] = str(_settings_folder())
    try:
        from spacepy import pycdf
    except ImportError as error:
        need = f"CDF files need spacepy with its CDF library ({error})"
        raise DataError(f"{need}: {install_command('h3m')}") from error
    return pycdf


def _settings_folder() -> Path:
    from human_pose_util.dataset.cache import cache_folder

    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, DataError):
        pass
    return Path(tempfile.gettempdir()) / f"adversarial_pose-{os.getuid()}"
