"""Brings the store's two schemas to the newest revision (Alembic)."""

from pathlib import Path

from alembic.command import upgrade as alembic_upgrade
from alembic.config import Config

from connectors.database.engine import Store
from connectors.shipped import SCHEMAS
from gateway.domain.errors import Misuse


def upgrade(store: Store, revision: str = "head") -> None:
    """Upgrades in place; running it again changes nothing. `store` must hold both schemas."""
    if store.folder:
        _make(store.folder)
    with store.writing() as connection:
        config = _config()
        config.attributes["connection"] = connection
        alembic_upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCHEMAS / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misuse(f"OBMEN_DATABASE: {folder} can't be made a folder: {error.strerror}") from error
