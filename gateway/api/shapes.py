"""What requests and answers are made of: exact numbers, codes, dates, pages, and the answer to a write."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    WithJsonSchema,
)

from gateway.domain.packet import normal_code

PAGE = 1000
"""Records of one page, or of one request."""
PLAIN = r"^[^\s\x00-\x1f\x7f\x85]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85])?$"
"""A text without control characters, and without blanks around it; readers of patterns differ on \\x85."""
_EXACT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_COST = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_FACTOR = re.compile(r"[1-9][0-9]{0,8}(/[1-9][0-9]{0,8})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def plain(value: Decimal) -> str:
    """`6`, not `6.000000`."""
    return format(value.normalize(), "f") if value else "0"


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not _EXACT.fullmatch(value):
        raise ValueError("number")
    return Decimal(value)


def _cost(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("-"):
        raise ValueError("number, not negative")
    return _exact(value)


def _factor(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if not isinstance(value, str) or not _FACTOR.fullmatch(value):
        raise ValueError("factor")
    return value


def _whole(value: Any) -> Any:
    """To JSON Schema 1.0 is an integer, and some write every number so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _date(value: Any) -> Any:
    if not isinstance(value, date) and not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise ValueError("date")
    return value


def _pattern(expression: re.Pattern[str], **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{expression.pattern}$", **more})


Exact = Annotated[
    Decimal, BeforeValidator(_exact), PlainSerializer(plain, when_used="json"), _pattern(_EXACT, examples=["12.5"])
]
"""Up to twelve digits before the point and six after it."""
Cost = Annotated[
    Decimal, BeforeValidator(_cost), PlainSerializer(plain, when_used="json"), _pattern(_COST, examples=["99.90"])
]
"""As an exact number, and not negative."""
Number = Annotated[StrictInt, Field(ge=1, le=999_999_999, examples=[1]), BeforeValidator(_whole)]
Factor = Annotated[str, BeforeValidator(_factor), _pattern(_FACTOR, examples=["12", "1/30"])]
"""How many of the SKU's units one is, exactly."""
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN), AfterValidator(normal_code)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
LongName = Annotated[str, Field(min_length=1, max_length=500, pattern=PLAIN)]
Gtin = Annotated[str, Field(pattern="^[0-9]{8,14}$", examples=["4600000000011"])]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["RUB"])]


class Shape(BaseModel):
    """A record of a request or an answer; what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Written(Shape):
    """What a write did."""

    count: int = Field(description="Records taken in.", examples=[2])
    mapped: int = Field(default=0, description="Rows of facts that waited for one of them and are mapped now.")


def example(value: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, json_schema_extra={"examples": [value]})
