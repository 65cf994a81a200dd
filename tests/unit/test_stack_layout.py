"""Ports, names and paths of the demonstration, as docs/stack.md has them."""

from pathlib import Path

import pytest
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import BLOCK, Stack, parse_port


def test_the_documented_ports_are_the_real_ones() -> None:
    osaka, tokyo = Stack(Path("/srv"), 8400).servers
    assert (osaka.lgwan, osaka.internet, osaka.internal) == (
        "http://127.0.0.1:8400",
        "http://127.0.0.1:8401",
        "http://127.0.0.1:8402",
    )
    assert (osaka.server_name, tokyo.server_name) == ("localhost:8403", "localhost:8413")
    assert (osaka.web_lgwan, osaka.web_internet) == ("http://127.0.0.1:8405", "http://127.0.0.1:8406")
    assert tokyo.bot == "@kairan:localhost:8413"


def test_no_port_is_used_twice_or_lies_outside_the_block() -> None:
    ports = [port for server in Stack(Path("/srv"), 8400).servers for port in server.ports.used]
    assert len(ports) == len(set(ports))
    assert set(ports) <= set(range(8400, 8400 + BLOCK))


@pytest.mark.parametrize("text", ["1024", "8400", "65516"])
def test_a_block_that_fits_is_accepted(text: str) -> None:
    assert parse_port(text) == int(text)


@pytest.mark.parametrize("text", ["", "80", "1023", "65517", "-1", "8400.5", "８４００", "http"])
def test_a_block_that_does_not_fit_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(StackError) as refused:
        parse_port(text)
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)
    assert "1024" in str(refused.value)
