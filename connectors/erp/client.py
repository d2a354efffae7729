"""A client of the ERP's web service, by zeep from the contract that we publish: the ERP's own WSDL is never asked."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from zeep import Client, Settings
from zeep.exceptions import Error as ClientError
from zeep.transports import Transport

from connectors.erp.reading import changes
from connectors.erp.writing import purchase_order, status
from connectors.shipped import SCHEMAS
from gateway.domain.erp_changes import Changes
from gateway.domain.errors import Unreachable

BINDING = "{urn:obmen:erp:v1}ErpExchangeSoap"
PAUSES_SECONDS = (0.2, 1.0)
"""Before the second and the third try of a call; whoever asks may come again after that."""


class ErpClient:
    """Every call may be made again: records have ids, and the ERP takes each once. Raises Unreachable."""

    def __init__(self, url: str, login: str, password: str, seconds: float) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = HTTPBasicAuth(login.encode(), password.encode())
        transport = Transport(session=self._session, timeout=seconds, operation_timeout=seconds)
        wsdl = Client(str(SCHEMAS / "erp.wsdl"), transport=transport, settings=Settings(strict=True, forbid_dtd=True))
        self._service: Any = wsdl.create_service(BINDING, url)

    def ping(self) -> str:
        """The version of the contract that the ERP serves."""
        return str(self._called(self._service.Ping).version)

    def changes(self, after: str | None, limit: int) -> Changes:
        """What changed after a place; from the begin where none is given."""
        return changes(self._called(self._service.GetChanges, after=after, limit=limit))

    def put_purchase_orders(self, orders: Sequence[Any]) -> None:
        """`orders` as the store reads them."""
        self._called(self._service.PutPurchaseOrders, orders=[purchase_order(each) for each in orders])

    def put_statuses(self, steps: Sequence[Any]) -> None:
        """Steps of transfer orders, as the store reads them."""
        self._called(self._service.PutOrderStatuses, statuses=[status(each) for each in steps])

    def put_problems(self, told: Sequence[dict[str, str | None]]) -> None:
        """Records that were not taken in: kind, record, code, field, message, remedy."""
        self._called(self._service.PutProblems, problems=list(told))

    def close(self) -> None:
        self._session.close()

    def _called(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        for pause in (*PAUSES_SECONDS, None):
            try:
                return operation(**arguments)
            except (ClientError, requests.RequestException, ValueError) as error:
                if pause is None:
                    raise Unreachable(f"the ERP's web service: {type(error).__name__}: {str(error)[:200]}") from error
                time.sleep(pause)
        raise AssertionError
