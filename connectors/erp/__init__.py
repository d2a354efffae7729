"""The ERP's own web service (schemas/erp.wsdl), where the ERP is 1C itself. This is the face that use cases see."""

from connectors.erp.client import ErpClient

__all__ = ["ErpClient"]
