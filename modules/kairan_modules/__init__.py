"""The modules that run inside Synapse. They decide; they never post a message."""
