"""The demonstration stack: two federated prefectures on this machine, started by one command.

`commands` is the `kairan stack` command; `layout` says what lies where, `homeserver` and `bridge`
write configurations, `processes` keeps the parts running, `demonstration` fills them.
"""
