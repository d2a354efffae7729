"""The ERP's own web service (schemas/erp.wsdl), where the ERP is 1C itself. This is the face that use cases see."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.erp.client import ErpClient


def connected(url: str, login: str, password: str, seconds: float) -> "ErpClient":
    """To be closed by the caller. Raises Unreachable."""
    from connectors.erp.client import ErpClient  # zeep is slow to load, and few processes talk to an ERP

    return ErpClient(url, login, password, seconds)
