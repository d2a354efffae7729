"""Arguments are those of the contract, or the caller hears which one is not."""

import pytest
from lxml import etree

from gateway.domain.errors import ContractBroken
from gateway.soap.arguments import Parameter, check_arguments
from tests.unit.envelopes import EXCHANGE, operation

PARAMETERS = {
    "feed": Parameter(required=True),
    "sha256": Parameter(required=False),
    "dryRun": Parameter(required=False, flag=True),
    "ids": Parameter(required=False, repeats=True),
    "results": Parameter(required=False, repeats=True, record=True),
}


def checked(inner: str) -> list[str]:
    """Names of the arguments that are left."""
    given = etree.fromstring(operation("Some", inner))
    check_arguments(given, PARAMETERS)
    return [each.tag.removeprefix(f"{{{EXCHANGE}}}") for each in given.iterchildren("*")]


def test_what_the_contract_names_is_left_as_it_is() -> None:
    inner = "<feed>stock</feed><dryRun>1</dryRun><ids>1</ids><ids>2</ids><results><order>1</order></results>"
    assert checked(inner) == ["feed", "dryRun", "ids", "ids", "results"]


@pytest.mark.parametrize("empty", ["<sha256/>", "<sha256></sha256>", "<sha256> \n</sha256>", "<ids/>"])
def test_what_is_optional_and_empty_is_absent(empty: str) -> None:
    assert checked(f"<feed>stock</feed>{empty}") == ["feed"]


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("", "feed must be given"),
        ("<feed/>", "feed is empty"),
        ("<feed> </feed>", "feed is empty"),
        ("<feed>stock</feed><feed>stock</feed>", "feed is given twice"),
        ("<feed>stock</feed><dryRun/>", "dryRun is empty"),
        ("<feed>stock</feed><dryrun>true</dryrun>", "there is no argument dryrun; they are feed, sha256, dryRun,"),
        ("<feed>sto<b/>ck</feed>", "feed must be text"),
    ],
)
def test_what_the_contract_does_not_know_is_refused_by_name(inner: str, says: str) -> None:
    with pytest.raises(ContractBroken, match=says):
        checked(inner)
