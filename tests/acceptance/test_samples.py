"""A valid sample packet of every feed: validated, sent, loaded."""

from pathlib import Path

import pytest
import xmlschema

from connectors.formats.reference import FORMATS
from connectors.shipped import SCHEMAS
from gateway.domain.feeds import FEEDS
from gateway.intake import Submission, submit
from gateway.loading import load_all
from gateway.receipts import receipt
from tests.hubs import add_site, hub_in

FORMAT = SCHEMAS / "packet" / "v1"


def sample(feed: str) -> bytes:
    return (FORMAT / "samples" / f"{feed}.xml").read_bytes()


@pytest.mark.parametrize("feed", FORMATS)
def test_an_independent_validator_accepts_the_sample(feed: str) -> None:
    xmlschema.XMLSchema(str(FORMAT / f"{feed}.xsd")).validate(str(FORMAT / "samples" / f"{feed}.xml"))


@pytest.mark.parametrize("feed", FEEDS)
def test_the_sample_is_accepted_without_a_word_and_loaded_whole(feed: str, tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        sender = add_site(hub, organizations=("6315000001",))
        answer = submit(hub, sender, Submission(feed, f"sample-{feed}", sample(feed)))
        assert (answer.status, {problem.code for problem in answer.problems} - {"CODE_UNKNOWN"}) == ("accepted", set())
        load_all(hub)
        progress = receipt(hub, sender, f"sample-{feed}").progress
        assert progress.rows_loaded == answer.rows > 0
        assert progress.state in ("loaded", "loaded-with-problems")
