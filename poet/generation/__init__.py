"""Writing: the NumPy LSTM, sampling, guidance, constrained decoding, ranking."""
