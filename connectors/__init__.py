"""The outside world: databases, packet formats, other systems."""
