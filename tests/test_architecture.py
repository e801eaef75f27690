"""Rules about the code itself: imports point one way, torch stays in its rooms, files and functions stay short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "gatewise"
FILES = sorted(SOURCE.rglob("*.py"))

# A room may import from itself and from the rooms named here; everything may import errors, settings and version.
GROUND = {"errors", "settings", "version"}
MAY_IMPORT = {
    "text": set(),
    "data": set(),
    "ops": set(),
    "metrics": set(),
    "baseline": {"text"},
    "store": set(),
    "runtime": {"text", "ops", "store", "metrics", "baseline"},
    "evaluate": {"text", "data", "metrics", "store", "runtime"},
    "explain": {"text", "ops", "store", "metrics", "baseline", "runtime"},
    "page": {"store", "metrics", "runtime", "evaluate"},
    "serve": {"text", "store", "metrics", "runtime", "explain", "page"},
    "export": {"runtime", "page"},
    "nn": {"ops"},
    "models": {"nn", "store"},
    "train": {"models", "nn", "data", "text", "store", "metrics", "baseline", "runtime"},
    "studies": {"train", "models", "nn", "ops", "data", "text", "store", "metrics", "baseline", "runtime", "evaluate"},
}
ON_TOP = {"classifier", "cli", "__init__", "__main__"}
NEEDS_TORCH = {"nn", "models", "train", "studies"}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path, *, top_level_only: bool = False) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    if room in ON_TOP or room in GROUND:
        return
    others = {name.split(".")[1] for name in imports(path) if name.startswith("gatewise.")} - {room} - GROUND
    assert others <= MAY_IMPORT[room], f"{room} must not import {others - MAY_IMPORT[room]}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_torch_and_sklearn_stay_where_training_is(path):
    room = room_of(path)
    names = {name.split(".")[0] for name in imports(path)}
    if room not in NEEDS_TORCH and path.relative_to(SOURCE).as_posix() not in ("cli/train.py", "cli/reproduce.py"):
        assert "torch" not in names
    if room not in {"baseline", "classifier"}:
        assert "sklearn" not in names
    at_import = {name.split(".")[0] for name in imports(path, top_level_only=True)}
    if room not in NEEDS_TORCH:
        assert not at_import & {"torch", "pyarrow", "matplotlib"}


def test_nothing_that_can_run_code_from_a_file_is_used():
    banned = {"pickle", "marshal", "shelve", "joblib", "dill"}
    for path in FILES:
        assert not {name.split(".")[0] for name in imports(path)} & banned, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "torch.load", "__import__"}, path
                assert not any(k.arg == "allow_pickle" and ast.unparse(k.value) == "True" for k in node.keywords), path


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) or ""
            length = node.end_lineno - node.lineno + 1 - documented.count("\n")
            assert length <= 60, f"{node.name} has {length} lines"


def test_environment_is_read_in_settings_only():
    for path in FILES:
        if path.name not in {"settings.py", "process.py"}:
            assert "os.environ" not in path.read_text(encoding="utf-8"), path
