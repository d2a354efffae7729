"""The words of the pages in other languages: msgids are English, the rest is read from the .po files beside this."""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent


def translations(language: str) -> NullTranslations:
    """Compiled in memory: no file made by a tool stands in the repository."""
    file = FOLDER / f"{language}.po"
    if language == "en":
        return NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
