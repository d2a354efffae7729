"""Products, outlets and warehouses: pushed by the ERP, in bulk or one by one."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.asking import (
    IfMatch,
    IfNoneMatch,
    IfOther,
    Key,
    Paging,
    hub_of,
    paged,
    place_of,
    replaced,
    scope,
    shown,
    write,
)
from gateway.api.records import (
    Outlet,
    OutletPage,
    Outlets,
    Product,
    ProductPage,
    Products,
    Warehouse,
    WarehousePage,
    Warehouses,
    placed,
    product_of,
)
from gateway.api.shapes import Written
from gateway.domain.errors import Declined
from gateway.domain.feed import Register
from gateway.domain.packet import normal_code
from gateway.domain.problem import Problem
from gateway.domain.token import Scope
from gateway.referencing import tell
from gateway.referencing_records import put_products, put_register

if TYPE_CHECKING:
    from connectors.database.engine import Connection
    from gateway.wiring import Hub

router = APIRouter(tags=["reference"])
READ, WRITE = scope(Scope.REFERENCE_READ), scope(Scope.REFERENCE_WRITE)
Its = Annotated[str, Path(alias="code", description="The manufacturer's code.", examples=["000123"])]
Pages = Annotated[Paging, Query()]
_VERSION = {"headers": {"ETag": {"description": "The record's version.", "schema": {"type": "string"}}}}
VERSIONED: dict[int | str, dict[str, Any]] = {
    200: _VERSION,
    304: {"description": "It is as `If-None-Match` says."},
}
GUARDED: dict[int | str, dict[str, Any]] = {200: _VERSION, 412: {}}


@router.get("/products", dependencies=[READ])
def list_products(request: Request, paging: Pages) -> ProductPage:
    """All products, by code."""
    hub, after = hub_of(request), place_of(paging.cursor, str) or ("",)
    with hub.warehouse.reading() as connection:
        found = hub.erp_reference.products(connection, after[0], paging.limit + 1)
    page, onward = paged(found, paging.limit, lambda each: (each.code,))
    return ProductPage.model_construct(items=[product_of(each) for each in page], next=onward)


@router.post("/products", dependencies=[WRITE], response_model=Written)
def push_products(request: Request, given: Products, key: Key = None) -> Response:
    """Add or replace products, each as a whole: units, bar codes and group that are not named are gone.

    Rows of facts that waited for one of them are mapped in the same commit.
    """
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        mapped = put_products(hub, connection, [each.record(place) for each, place in placed(given.items)])
        return Written(count=len(given.items), mapped=mapped)

    return _told(hub, write(request, "warehouse", key, change))


@router.get("/products/{code:path}", dependencies=[READ], response_model=Product, responses=VERSIONED)
def show_product(request: Request, code: Its, if_none_match: IfOther = None) -> Response:
    """One product, with its version."""
    with hub_of(request).warehouse.reading() as connection:
        return shown(_product(hub_of(request), connection, code), code, if_none_match)


@router.put("/products/{code:path}", dependencies=[WRITE], response_model=Product, responses=GUARDED)
def put_product(
    request: Request,
    code: Its,
    given: Product,
    key: Key = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Add or replace one product."""
    hub = hub_of(request)
    check_code(code, given.code)

    def find(connection: "Connection") -> Product | None:
        return _product(hub, connection, code)

    def put(connection: "Connection") -> None:
        put_products(hub, connection, [given.record()])

    return _told(hub, replaced(request, "warehouse", key, (if_match, if_none_match), find, put))


def _product(hub: "Hub", connection: "Connection", code: str) -> Product | None:
    found = hub.erp_reference.products(connection, "", 1, normal_code(code))
    return product_of(found[0]) if found else None


@router.get("/outlets", dependencies=[READ])
def list_outlets(request: Request, paging: Pages) -> OutletPage:
    """All outlets, by code."""
    page, onward = _listed(request, Register.OUTLET, paging)
    return OutletPage.model_construct(items=[Outlet.model_construct(**each) for each in page], next=onward)


@router.post("/outlets", dependencies=[WRITE], response_model=Written)
def push_outlets(request: Request, given: Outlets, key: Key = None) -> Response:
    """Add or replace outlets, each as a whole."""
    return _pushed(request, Register.OUTLET, given.items, key)


@router.get("/outlets/{code:path}", dependencies=[READ], response_model=Outlet, responses=VERSIONED)
def show_outlet(request: Request, code: Its, if_none_match: IfOther = None) -> Response:
    """One outlet, with its version."""
    return _shown(request, Register.OUTLET, Outlet, code, if_none_match)


@router.put("/outlets/{code:path}", dependencies=[WRITE], response_model=Outlet, responses=GUARDED)
def put_outlet(
    request: Request,
    code: Its,
    given: Outlet,
    key: Key = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Add or replace one outlet."""
    return _put(request, Register.OUTLET, given, code, key, if_match, if_none_match)


@router.get("/warehouses", dependencies=[READ])
def list_warehouses(request: Request, paging: Pages) -> WarehousePage:
    """All warehouses, by code."""
    page, onward = _listed(request, Register.WAREHOUSE, paging)
    return WarehousePage.model_construct(items=[Warehouse.model_construct(**each) for each in page], next=onward)


@router.post("/warehouses", dependencies=[WRITE], response_model=Written)
def push_warehouses(request: Request, given: Warehouses, key: Key = None) -> Response:
    """Add or replace warehouses, each as a whole."""
    return _pushed(request, Register.WAREHOUSE, given.items, key)


def _listed(request: Request, register: Register, paging: Paging) -> Any:
    hub, after = hub_of(request), place_of(paging.cursor, str) or ("",)
    with hub.warehouse.reading() as connection:
        found = hub.erp_reference.records(connection, register, after[0], paging.limit + 1)
    return paged(found, paging.limit, lambda each: (each["code"],))


def _pushed(request: Request, register: Register, items: list[Any], key: str | None) -> Response:
    hub = hub_of(request)

    def change(connection: "Connection") -> Written:
        mapped = put_register(hub, connection, register, [_texts(each) for each in items])
        return Written(count=len(items), mapped=mapped)

    return _told(hub, write(request, "warehouse", key, change))


def _shown(
    request: Request, register: Register, shape: type[BaseModel], code: str, if_none_match: str | None
) -> Response:
    with hub_of(request).warehouse.reading() as connection:
        return shown(_record(hub_of(request), connection, register, shape, code), code, if_none_match)


def _put(
    request: Request,
    register: Register,
    given: Any,
    code: str,
    key: str | None,
    if_match: str | None,
    if_none_match: str | None,
) -> Response:
    hub, shape = hub_of(request), type(given)
    check_code(code, given.code)

    def find(connection: "Connection") -> BaseModel | None:
        return _record(hub, connection, register, shape, code)

    def put(connection: "Connection") -> None:
        put_register(hub, connection, register, [_texts(given)])

    return _told(hub, replaced(request, "warehouse", key, (if_match, if_none_match), find, put))


def _record(
    hub: "Hub", connection: "Connection", register: Register, shape: type[BaseModel], code: str
) -> BaseModel | None:
    found = hub.erp_reference.records(connection, register, "", 1, normal_code(code))
    return shape.model_construct(**found[0]) if found else None


def _texts(given: BaseModel) -> dict[str, str]:
    return {name: value or "" for name, value in given.model_dump().items()}


def check_code(of_path: str, of_body: str) -> None:
    if normal_code(of_path) != of_body:
        raise Declined(Problem("CODE_DIFFERS", field="/code", value=of_body, params={"expected": of_path}))


def _told(hub: "Hub", response: Response) -> Response:
    """Receipts follow the crosswalk, after the commit."""
    tell(hub)
    return response
