"""The lab: a log is replayed through the engine's own statistics, and each query is answered from the past alone."""
