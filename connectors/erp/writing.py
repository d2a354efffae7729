"""What the hub tells the ERP's web service, as zeep takes it."""

from typing import Any

_ORDER = ("key", "id", "revision", "number", "date", "party", "cancels", "wanted", "place")
_TERMS = ("agreement", "comment", "currency")


def purchase_order(order: Any) -> dict[str, Any]:
    """Lines in the manufacturer's codes and the SKU's unit, and beside it as the distributor wrote them."""
    told = {name: getattr(order, name) for name in (*_ORDER, *_TERMS)}
    return {**told, "organisation": order.organization, "lines": [_line(each) for each in order.lines]}


def status(step: Any) -> dict[str, Any]:
    return {"id": step.key, "order": step.id, "revision": step.revision, "state": str(step.state), "at": step.at}


def _line(line: Any) -> dict[str, Any]:
    return {
        "n": line.n,
        "sku": line.sku,
        "quantity": line.ours,
        "unit": line.our_unit,
        "theirProduct": line.product,
        "theirQuantity": line.quantity,
        "theirUnit": line.unit,
        "price": line.price,
    }
