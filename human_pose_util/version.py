"""The version of the project, which results name beside those of the packages that made them."""

__version__ = "1.1.0"
