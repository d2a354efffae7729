"""What the DAGs share: they open the hub, wait for packets, and know each other by what they read and write."""
