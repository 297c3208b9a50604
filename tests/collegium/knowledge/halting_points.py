"""The points of ingestion at which halting_worker can stop, in their order."""

POINTS = ("claimed", "parse", "chunk", "embed", "index", "unacknowledged")
