"""The schema: from empty, and from every revision, migrations make what the tables say; upgrading again changes nothing."""
