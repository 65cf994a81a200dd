"""Disarms bytes: a file in, a file and a report out. It knows nothing of Matrix, users or organisations."""
