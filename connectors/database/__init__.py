"""The store: SQLAlchemy Core tables and statements, one schema for SQLite and MS SQL."""
