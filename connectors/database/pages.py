"""What the pages show of the journal."""
