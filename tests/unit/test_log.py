"""Log lines tell what failed and where, and hold nothing of what was sent."""

import io
import json
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import structlog
from gateway.config import load_settings
from gateway.log import configure

def answer(body, headers):
    local = body
    raise LookupError("code")

configure(load_settings(log=sys.argv[1]))
log = structlog.get_logger()
try:
    answer(b"<packet>" + bytes(range(65, 91)), {"authorization": "Basic c2" + "VjcmV0"})
except LookupError as error:
    log.error("request failed", reference="ab12", exc_info=error)
print("told")
"""


def ran(form: str) -> tuple[str, str]:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_failure_is_told_with_its_trace_and_without_any_values(form: str) -> None:
    out, told = ran(form)
    assert ("request failed" in told, "ab12" in told, "LookupError" in told) == (True, True, True)
    assert "in answer" in told
    assert "ABCDEFGHIJKLMNOPQRSTUVWXYZ" not in told
    assert "c2VjcmV0" not in told
    assert out == "told\n"


def test_a_json_line_is_one_line_of_json_with_time_and_level() -> None:
    lines = io.StringIO(ran("json")[1]).readlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["level"], line["event"], line["reference"]) == ("error", "request failed", "ab12")
    assert line["timestamp"].endswith("Z")
