"""The bridge's web pages: a backend for them and the files that a browser loads.

A page talks to its own origin only. What it asks for is forwarded to the homeserver's face *of the same
network zone* with the person's own access token, so the homeserver's policy decides everything and
nothing here can widen it. One application is made per zone.
"""

from kairan_bridge.pages.app import build_app, make_app
from kairan_bridge.pages.settings import PagesSettings

__all__ = ["PagesSettings", "build_app", "make_app"]
