"""Every hostile input has a test that carries its id."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
LAST = 84
LATER = {79}  # about queries that anyone may ask


def _ids() -> Iterator[int]:
    """The ids that names of tests (`test_h36_...`) and of their cases ("H36 ...") begin with."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            name = node.name if isinstance(node, ast.FunctionDef) else node.value if _is_text(node) else ""
            if found := re.match(r"(?:test_h|H)(\d\d)\b|test_h(\d\d)_", name):
                yield int(found[1] or found[2])


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_hostile_input_has_a_test_with_its_id() -> None:
    assert sorted(set(range(1, LAST + 1)) - LATER - set(_ids())) == []
