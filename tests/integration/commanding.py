"""Commands of `obmen` on a test's store, by the test's clock."""

import pytest

from gateway import cli_hub
from gateway.wiring import open_hub
from tests.integration.exchange import Clock


def commands_on(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """From now on commands open this store, at the hour of every new `Clock`: whatever date it is here."""
    monkeypatch.setenv("OBMEN_DATABASE", url)
    monkeypatch.setattr(cli_hub, "configure", lambda settings: None)  # its log would outlive the runner's streams
    monkeypatch.setattr(cli_hub, "open_hub", lambda settings: open_hub(settings, Clock()))
