"""Obmen's gateway: takes packets in, loads them, and shows what became of them."""

__version__ = "0.1.0"
