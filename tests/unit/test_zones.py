"""Network zones."""

import pytest
from kairan.zones import CLIENT_ZONES, Zone, zone_of


@pytest.mark.parametrize("zone", list(Zone))
def test_a_listeners_tag_names_its_zone(zone: Zone) -> None:
    assert zone_of(zone.value) is zone


@pytest.mark.parametrize("tag", [None, "", "LGWAN", "lgwan ", "metrics", "internet\x00", "client"])
def test_any_other_tag_is_the_least_trusted_zone(tag: str | None) -> None:
    assert zone_of(tag) is Zone.UNKNOWN


def test_clients_are_served_on_the_two_faces_and_inside_only() -> None:
    assert {Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL} == CLIENT_ZONES
    assert [zone for zone in Zone if zone.serves_clients] == [Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL]
