"""The application service beside Synapse: bot and web pages. It acts and enforces no policy."""
