"""Which events are calls, locations and encryption."""

import pytest
from kairan.events import action_of_event
from kairan.zones import Action

CALLS = [
    "m.call.invite",
    "m.call.candidates",
    "m.call.answer",
    "m.call.select_answer",
    "m.call.negotiate",
    "m.call.sdp_stream_metadata_changed",
    "m.call.asserted_identity",
    "m.call.notify",
    "m.call",
    "org.matrix.call.sdp_stream_metadata_changed",
    "org.matrix.msc3401.call",
    "org.matrix.msc4075.call.notify",
    "org.matrix.msc4075.rtc.notification",
    "m.rtc.notification",
    "org.matrix.msc4143.rtc.slot",
    "io.element.call.encryption_keys",
    "io.element.call.reaction",
]


@pytest.mark.parametrize("event_type", CALLS)
def test_every_name_of_a_call_is_one(event_type: str) -> None:
    assert action_of_event(event_type, {"call_id": "1"}) is Action.CALL


@pytest.mark.parametrize(
    "event_type", ["m.call.member", "org.matrix.msc3401.call.member", "org.matrix.msc4143.rtc.member", "m.rtc.member"]
)
def test_joining_is_a_call_and_leaving_is_none(event_type: str) -> None:
    assert action_of_event(event_type, {"application": "m.call"}, "@a:b") is Action.CALL
    assert action_of_event(event_type, {"memberships": [{"call_id": ""}]}, "@a:b") is Action.CALL
    assert action_of_event(event_type, {}, "@a:b") is None
    assert action_of_event(event_type, {"memberships": []}, "@a:b") is None


@pytest.mark.parametrize("event_type", ["m.call.hangup", "m.call.reject", "org.matrix.msc4310.rtc.decline"])
def test_declining_and_hanging_up_is_open_to_everyone(event_type: str) -> None:
    assert action_of_event(event_type, {"call_id": "1"}) is None


def test_a_conference_widget_is_a_call_and_another_is_none() -> None:
    assert action_of_event("im.vector.modular.widgets", {"type": "jitsi"}, "1") is Action.CALL
    assert action_of_event("im.vector.modular.widgets", {"type": "m.custom"}, "1") is None


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.message", {"msgtype": "m.location", "geo_uri": "geo:34.5,135.4", "body": "ここ"}),
        ("m.room.message", {"msgtype": "m.text", "m.new_content": {"msgtype": "m.location"}}),
        ("m.room.message", {"msgtype": "m.text", "org.matrix.msc3488.location": {"uri": "geo:1,2"}}),
        ("m.room.message", {"msgtype": "m.text", "geo_uri": "geo:1,2"}),
        ("m.location", {"m.location": {"uri": "geo:1,2"}}),
        ("m.beacon_info", {"live": True}),
        ("m.beacon_info", {}),
        ("org.matrix.msc3672.beacon_info", {"live": True}),
        ("org.matrix.msc3672.beacon_info.@a:b", {"live": True}),
        ("m.beacon", {"m.location": {"uri": "geo:1,2"}}),
        ("org.matrix.msc3672.beacon", {}),
        ("m.sticker", {"list": [{"deeper": {"geo_uri": "geo:1,2"}}]}),
    ],
)
def test_a_location_is_one_wherever_it_stands(event_type: str, content: dict[str, object]) -> None:
    assert action_of_event(event_type, content) is Action.LOCATION


def test_ending_a_live_location_is_open_to_everyone() -> None:
    assert action_of_event("m.beacon_info", {"live": False}, "@a:b") is None


@pytest.mark.parametrize("event_type", ["m.room.encryption", "m.room.encrypted"])
def test_encryption_is_known(event_type: str) -> None:
    assert action_of_event(event_type, {}) is Action.ENCRYPT


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.message", {"msgtype": "m.text", "body": "geo:34.5,135.4 で会いましょう"}),
        ("m.room.message", None),
        ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation"}}),
        ("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": {"answers": [{"id": "1"}]}}),
        ("m.callback", {}),
    ],
)
def test_the_policy_has_no_opinion_on_the_rest(event_type: str, content: object) -> None:
    assert action_of_event(event_type, content) is None


def test_content_nested_too_deep_to_look_into_counts_as_a_location() -> None:
    content: dict[str, object] = {}
    for _ in range(20):
        content = {"in": content}
    assert action_of_event("m.room.message", content) is Action.LOCATION
