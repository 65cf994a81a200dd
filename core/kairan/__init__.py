"""The domain of Kairan: organisations, people, zones and the rules between them.

Nothing here does I/O and nothing here knows Synapse; every rule is a pure function or a table.
"""
