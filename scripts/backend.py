"""The build backend: scikit-build-core, made to do where there is no compiler or no CMake.

By itself it asks pip for CMake and Ninja even where nothing can be compiled or make would do, and it stops where CMake
is missing. Here they are asked for only if they are needed, and without them the wheel holds the Python code alone, as
it does when compiling fails (pyproject.toml). An editable install gets the library built into the source tree.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # installers need not make more than this file importable

import native
from scikit_build_core import build as real
from scikit_build_core.build import build_sdist as build_sdist
from scikit_build_core.build import get_requires_for_build_sdist as get_requires_for_build_sdist
from scikit_build_core.errors import CMakeNotFoundError, NinjaNotFoundError

Settings = Mapping[str, "list[str] | str"]


def get_requires_for_build_wheel(config_settings: Settings | None = None) -> list[str]:
    """What pip must bring: the tools that would be used and are not there."""
    needless = {"ninja"} if shutil.which("make") else set()
    if not native.can_compile():
        needless = {"cmake", "ninja"}
    wanted = real.get_requires_for_build_wheel(config_settings)
    return [requirement for requirement in wanted if re.match(r"[\w-]*", requirement).group() not in needless]


def get_requires_for_build_editable(config_settings: Settings | None = None) -> list[str]:
    """The same: the library is compiled there too."""
    return get_requires_for_build_wheel(config_settings)


def build_wheel(directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None) -> str:
    """Build with the native core, or without it where a tool is missing or compiling fails."""
    try:
        return real.build_wheel(directory, config_settings, metadata_directory)
    except (CMakeNotFoundError, NinjaNotFoundError) as problem:
        print(f"{problem}; the wheel will have no native core", flush=True)
        without = {**(config_settings or {}), "wheel.cmake": "false"}
        return real.build_wheel(directory, without, metadata_directory)


def build_editable(
    directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Install a pointer to the source tree, with the library built into it if it can be."""
    try:
        native.build()
    except (native.CannotBuildError, OSError) as problem:
        print(f"without the native core: {problem}", flush=True)
    return real.build_editable(directory, config_settings, metadata_directory)
