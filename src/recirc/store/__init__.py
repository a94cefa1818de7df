"""Where articles and events are kept: the ports, the embedded SQLite file, and snapshots of the state."""
