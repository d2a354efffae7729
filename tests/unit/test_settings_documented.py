"""`docs/settings.md` lists every setting, with its default and its description, and no other."""

import re
from pathlib import Path

from gateway.config import PREFIX, Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_every_setting_is_documented_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    expected = [
        (f"{PREFIX}{name.upper()}", "" if field.default == "" else f"`{field.default}`", field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert [tuple(row) for row in rows] == expected
