"""REST for the manufacturer's ERP: the same use cases, tables and problems as everywhere, as JSON under `/api/v1`."""
