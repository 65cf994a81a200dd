"""The `kairan` command: declares organisations and staff from files, and runs a stack."""
