"""Servlets of the client API that answer by policy in place of Synapse's own (see `faces.py`)."""
