"""`python -m kairan_bridge --config bridge.yaml`, and `… registration` which prints Synapse's file."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from kairan_bridge.app import StartError, run
from kairan_bridge.config import Config
from kairan_bridge.config_file import ConfigError, read_config
from kairan_bridge.log import set_up_logging
from kairan_bridge.registration import registration_yaml

UNUSABLE = 2
"""The exit code when the configuration, or what it names, cannot be used."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the exit code."""
    parser = argparse.ArgumentParser(prog="kairan_bridge", description=__doc__)
    parser.add_argument(
        "action",
        nargs="?",
        choices=("run", "registration"),
        default="run",
        help="run: the bridge (the default); registration: print the file for Synapse",
    )
    parser.add_argument("--config", type=Path, required=True, help="the configuration file (docs/bridge.md)")
    options = parser.parse_args(arguments)
    try:
        config = read_config(options.config)
        if options.action == "registration":
            sys.stdout.write(registration_yaml(config))
        else:
            set_up_logging()
            asyncio.run(_serve(config))
    except ConfigError as problem:
        for line in problem.lines:
            print(f"kairan_bridge: {line}", file=sys.stderr)
        return UNUSABLE
    except StartError as problem:
        print(f"kairan_bridge: {options.config}: {problem}", file=sys.stderr)
        return UNUSABLE
    return 0


async def _serve(config: Config) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(config, stop)


if __name__ == "__main__":
    sys.exit(main())
