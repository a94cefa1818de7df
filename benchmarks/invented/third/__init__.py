"""A third invented set, only measured: written before its writer had read the rules; one subject a language."""
