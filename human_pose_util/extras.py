"""Optional packages, which the extras of pyproject.toml install."""

PROJECT = "adversarially-parameterized-optimization"


def install_command(extra: str) -> str:
    """The command that installs an extra, for messages about a missing package.

    Args:
        extra: its name in pyproject.toml, such as "gl".
    """
    return f'pip install "{PROJECT}[{extra}]"'
