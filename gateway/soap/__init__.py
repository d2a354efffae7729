"""The SOAP service: front door, dispatch by spyne, faults."""

from gateway.soap import compat as compat
