"""Single sign-on against a staff directory: a real OIDC provider, and a browser's way through it without a browser."""

import logging
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from kairan.zones import Zone
from oidc_provider_mock import User, run_server_in_thread  # type: ignore[import-untyped]

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.signing_in import declare_policies, sign_in
from tests.homeserver.town import API, PEOPLE, Town, found_town, person, posting, token_of

# The provider has notices of its own.
pytestmark = pytest.mark.filterwarnings("ignore")

CLIENT = "https://client.example/"
FIRST = "hTq7mPx2kR9wZc4n"
FACES = (Zone.LGWAN, Zone.INTERNET)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """泉大津市's staff directory, which knows people of other organisations by accident, and strangers."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    numbers = ["1001", "1002", "1007", "2001", "1500", "9999", "operator", "kairan", "KAIRAN", "../x", ""]
    users = [User(sub=f"id-{number}", claims={"preferred_username": number}) for number in numbers]
    with run_server_in_thread(user_claims=[*users, User(sub="id-none", claims={})]) as server:
        yield f"http://localhost:{server.server_port}"


def providers(issuer: str, base_urls: Mapping[Zone, str]) -> list[dict[str, object]]:
    """As docs/sign-in.md has it, a provider for each face."""
    return [
        {
            "idp_id": f"city-{zone.value}",
            "idp_name": "庁内認証",
            "issuer": issuer,
            "client_id": "kairan",
            "client_secret": "between the two",
            "scopes": ["openid", "profile"],
            "redirect_uri": f"{base_urls[zone]}_synapse/client/oidc/callback",
            # Plain HTTP, which is for tests only.
            "skip_verification": True,
            "allow_existing_users": True,
            "enable_registration": False,
            "user_mapping_provider": {
                "module": "kairan_modules.StaffMapping",
                "config": {"claim": "preferred_username", "organizations": ["272060"]},
            },
        }
        for zone in FACES
    ]


@pytest.fixture(scope="module")
def town(issuer: str, homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = found_town(
        homeserver_factory,
        tmp_path_factory.mktemp("town"),
        oidc_providers=lambda base_urls: providers(issuer, base_urls),
        sso={"client_whitelist": [CLIENT]},
    )
    declare_policies(town)
    newcomer = person("1500", "新田 進", "ニッタ ススム", posting("272060"), first_password=FIRST)
    assert town.declare("people", {"people": [newcomer]}).status_code == 200
    return town


class Browser:
    """Follows redirects and fills in the provider's form. It keeps cookies like one that trusts loopback."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=60, trust_env=False)
        self.visited: list[str] = []

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def go(self, url: str, *, as_user: str) -> httpx.Response | str:
        """Until it arrives at the client, whose address is returned, or at a page that leads no further."""
        answer = self._http.get(url)
        for _ in range(10):
            self.visited.append(str(answer.request.url))
            for cookie in self._http.cookies.jar:
                cookie.secure = False
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(CLIENT):
                    return target
                answer = self._http.get(target)
            elif "/oauth2/authorize" in str(answer.request.url) and answer.request.method == "GET":
                answer = self._http.post(str(answer.request.url), data={"sub": f"id-{as_user}"})
            else:
                return answer
        raise AssertionError(self.visited)


def single_sign_on(town: Town, user: str, zone: Zone, path: str = "") -> httpx.Response | str:
    """Go from the client by the face and the provider back to the client."""
    with Browser() as browser:
        url = f"{town.server.url(zone)}/_matrix/client/v3/login/sso/redirect{path}?redirectUrl={CLIENT}"
        arrived = browser.go(url, as_user=user)
        others = [face for face in FACES if face is not zone]
        assert not [url for url in browser.visited for face in others if url.startswith(town.server.url(face))]
        return arrived


def token_login(town: Town, arrived: httpx.Response | str, zone: Zone) -> httpx.Response:
    """Sign in with what the client was given."""
    assert isinstance(arrived, str), arrived.text
    (token,) = parse_qs(urlsplit(arrived).query)["loginToken"]
    with town.server.client(None, zone) as client:
        return client.post("/_matrix/client/v3/login", json={"type": "m.login.token", "token": token})


def refused(arrived: httpx.Response | str) -> None:
    """That the browser was left with the sentence."""
    assert isinstance(arrived, httpx.Response), arrived
    assert arrived.status_code == 400
    assert "職員として登録されていません" in arrived.text
    assert "not registered as staff" in arrived.text


@pytest.mark.parametrize("zone", FACES)
@pytest.mark.parametrize("named", [True, False])
def test_the_flow_stays_on_its_face_and_signs_the_person_in(town: Town, zone: Zone, named: bool) -> None:
    arrived = single_sign_on(town, "1001", zone, f"/oidc-city-{zone.value}" if named else "")
    answer = token_login(town, arrived, zone)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == town.server.user_id("1001")
    listed = town.get("1001", "/sign_ins", limit=1).json()["sign_ins"]
    assert (listed[0]["outcome"], listed[0]["zone"]) == ("done", zone.value)


def test_a_face_offers_its_own_provider_and_no_other(town: Town) -> None:
    for zone, expected in (
        (Zone.LGWAN, ["oidc-city-lgwan"]),
        (Zone.INTERNET, ["oidc-city-internet"]),
        (Zone.INTERNAL, []),
    ):
        with town.server.client(None, zone) as client:
            flows = client.get("/_matrix/client/v3/login").json()["flows"]
            assert [p["id"] for f in flows if f["type"] == "m.login.sso" for p in f["identity_providers"]] == expected
            for provider in {"oidc-city-lgwan", "oidc-city-internet", "nonsense"} - set(expected):
                path = f"/_matrix/client/v3/login/sso/redirect/{provider}?redirectUrl={CLIENT}"
                assert client.get(path).status_code == 404
            # The other face's address is nowhere in what it says.
            others = [face for face in FACES if face is not zone]
            assert not [face for face in others if town.server.url(face) in str(flows)]


@pytest.mark.parametrize("user", ["9999", "operator", "kairan", "KAIRAN", "../x", "", "none", "1007", "2001"])
def test_who_is_not_staff_of_that_organisation_is_refused_with_a_sentence(town: Town, user: str) -> None:
    # 1007 has left, 2001 is another organisation's, whose staff numbers this directory has no say in.
    before = accounts(town)
    refused(single_sign_on(town, user, Zone.LGWAN))
    assert accounts(town) == before


def accounts(town: Town) -> int:
    """How many accounts there are."""
    with town.server.client(town.operator) as client:
        total: int = client.get("/_synapse/admin/v2/users?guests=false").json()["total"]
    return total


def test_who_has_signed_on_before_and_left_since_is_refused(town: Town) -> None:
    assert token_login(town, single_sign_on(town, "1002", Zone.LGWAN), Zone.LGWAN).status_code == 200
    (mover,) = [each for each in PEOPLE if each["localpart"] == "1002"]
    assert town.declare("people", {"people": [{**mover, "postings": [posting("270008")]}]}).is_success
    try:
        refused(single_sign_on(town, "1002", Zone.LGWAN))
    finally:
        assert town.declare("people", {"people": [mover]}).is_success
    (entry,) = [each for each in audit_of(town, "2001", "270008") if each["user_id"].startswith("@1002:")]
    assert (entry["outcome"], entry["reason"]) == ("refused", "JP.KAIRAN.SSO_UNKNOWN")


def audit_of(town: Town, localpart: str, organization: str) -> list[dict[str, str]]:
    """An organisation's trail, this person being made its administrator for as long as it takes to read it."""
    (reader,) = [each for each in PEOPLE if each["localpart"] == localpart]
    raised = {**reader, "postings": [posting(organization, role="organization_admin")]}
    assert town.declare("people", {"people": [raised]}).is_success
    try:
        found: list[dict[str, str]] = town.get(localpart, "/audit", organization=organization).json()["entries"]
        return found
    finally:
        assert town.declare("people", {"people": [reader]}).is_success


def test_a_first_password_is_still_good_after_single_sign_on(town: Town) -> None:
    for _ in range(2):
        assert token_login(town, single_sign_on(town, "1500", Zone.LGWAN), Zone.LGWAN).status_code == 200
    assert sign_in(town, "1500", FIRST).status_code == 200
    assert sign_in(town, "1500", FIRST).status_code == 403


def test_a_session_by_single_sign_on_on_the_internet_side_ends_like_any_other(town: Town) -> None:
    answer = token_login(town, single_sign_on(town, "1001", Zone.INTERNET), Zone.INTERNET).json()
    assert answer["expires_in_ms"] == 90 * 24 * 3600 * 1000


def test_asked_by_another_address_it_leads_to_the_faces_own(town: Town) -> None:
    with town.server.client(None, Zone.LGWAN) as client:
        path = f"/_matrix/client/v3/login/sso/redirect/oidc-city-lgwan?redirectUrl={CLIENT}"
        answer = client.get(path, headers={"Host": "elsewhere.example"})
    assert answer.headers["Location"].startswith(town.server.url(Zone.LGWAN) + "/_matrix/client/")


def test_actions_can_be_confirmed_by_single_sign_on_on_the_same_face(town: Town) -> None:
    token_login(town, single_sign_on(town, "1001", Zone.LGWAN), Zone.LGWAN)
    with town.server.client(token_of(town.server, "1001"), Zone.LGWAN) as client:
        answer = client.post("/_matrix/client/v3/delete_devices", json={"devices": ["X"]}).json()
        assert ["m.login.sso"] in [flow["stages"] for flow in answer["flows"]]
        page = client.get(f"/_matrix/client/v3/auth/m.login.sso/fallback/web?session={answer['session']}").text
    (redirect,) = re.findall(r"redirect_uri=([^&\"]+)", page)
    assert (
        urlsplit(httpx.URL(f"http://x/?u={redirect}").params["u"]).netloc
        == urlsplit(town.server.url(Zone.LGWAN)).netloc
    )


def test_the_modules_own_calls_know_nobody_by_it(town: Town) -> None:
    with town.server.client(None, Zone.LGWAN) as client:
        assert client.get(API + "/sign_ins").status_code == 401
