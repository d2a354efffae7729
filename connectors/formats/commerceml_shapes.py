"""The records of CommerceML that use cases fill in."""

from connectors.formats.commerceml_records import Offer as Offer
from connectors.formats.commerceml_records import Price as Price
from connectors.formats.commerceml_records import PriceType as PriceType
from connectors.formats.commerceml_records import Product as Product
from connectors.formats.commerceml_records import Unit as Unit
from connectors.formats.commerceml_units import CODES as CODES
