"""What a file of weights is, by its header alone, whoever wrote it and wherever it lies; no weights are read."""
