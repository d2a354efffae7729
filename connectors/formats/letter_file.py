"""Letters: a Word template filled in. The hub brings one for each language; a company may use one of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from connectors.shipped import SCHEMAS
from gateway.domain.errors import Misuse

LETTERS = SCHEMAS / "letters"


def write_letter(output: Path, language: str, values: Mapping[str, Any], template: Path | None = None) -> None:
    """Writes a .docx. Raises Misuse where the template, or the file to write, can't be used."""
    from docx.opc.exceptions import PackageNotFoundError  # here: no other command should wait for Word's parts
    from docxtpl import DocxTemplate

    source = template or LETTERS / f"scorecard.{language}.docx"
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    try:
        letter = DocxTemplate(source)
        letter.render(values, environment)
    except OSError as error:
        raise Misuse(f"{source}: {error.strerror}") from error
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise Misuse(f"{source} is no Word document (.docx)") from error
    except TemplateError as error:
        raise Misuse(f"{source}: {error}") from error
    try:
        letter.save(output)
    except OSError as error:
        raise Misuse(f"{output}: {error.strerror}") from error
