"""Packages: what Storywire asks for, and what is installed.

Never imports one of them, as that may be what fails.
"""

import platform
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from storywire.fitness import Unmet


def unmet(distribution: str = "storywire") -> tuple[list[Unmet], int]:
    """What of the distribution's own requirements, extras aside, is not met; and how many they are.

    Raises PackageNotFoundError where the distribution itself is not installed.
    """
    asked = [Requirement(line) for line in requires(distribution) or ()]
    asked = [each for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]
    found = [(each, _version(each.name)) for each in asked]
    return [
        Unmet(canonicalize_name(each.name), f"{each.name}{each.specifier}", there)
        for each, there in found
        if there is None or not each.specifier.contains(there, prereleases=True)
    ], len(asked)


def python_asked(distribution: str = "storywire") -> str | None:
    """Which Python is asked for, where it is not this one."""
    asked = str(metadata(distribution)["Requires-Python"] or "")
    return None if SpecifierSet(asked).contains(platform.python_version(), prereleases=True) else asked


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
