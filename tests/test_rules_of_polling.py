"""The rules in docs/polling.md: each has its row, and each that is kept a test that bears its number."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (R\d\d) \| .+? \| (.+?) \|$", re.MULTILINE)


def test_every_rule_has_its_row_and_every_rule_that_is_kept_a_test() -> None:
    rules = dict(ROW.findall((ROOT / "docs/polling.md").read_text("utf-8")))
    assert list(rules) == [f"R{n:02}" for n in range(1, 47)]
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    names = re.findall(r"def (test_\w+)", tests)
    tested = {number.upper() for name in names for number in re.findall(r"(?<=_)r\d\d(?=_)", name)}
    kept = {rule for rule, said in rules.items() if not said.startswith("left out")}
    assert kept - tested == set()
    assert {"R44", "R45", "R46"} == rules.keys() - kept
