"""The records of model families, one module each."""
