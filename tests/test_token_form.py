from urllib.parse import parse_qs, urlsplit

import pytest

from bot import token_form


def fields(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_form_is_filled_in() -> None:
    address = token_form.address("GH_PAT_TOKEN", "octo-org", ["administration: write"])
    assert address.startswith("https://github.com/settings/personal-access-tokens/new?")
    assert fields(address) == {
        "name": "GH_PAT_TOKEN",
        "description": "For the Actions secret GH_PAT_TOKEN",
        "target_name": "octo-org",
        "expires_in": "90",
        "administration": "write",
    }


def test_a_name_is_not_longer_than_github_takes() -> None:
    assert len(fields(token_form.address("X" * 100, "", []))["name"]) == 40


@pytest.mark.parametrize("owner", ["", "a/b", "${{ github.repository_owner }}", "a&b=c"])
def test_an_owner_that_is_none_is_left_out(owner: str) -> None:
    assert "target_name" not in fields(token_form.address("X", owner, []))


@pytest.mark.parametrize(
    ("permissions", "keys"),
    [
        pytest.param(["secrets: read", "secrets: write"], {"secrets": "write"}, id="the-higher"),
        pytest.param(["secrets: write", "secrets: read"], {"secrets": "write"}, id="either-order"),
        pytest.param(
            ["contents: write & workflows: write"],
            {"contents": "write", "workflows": "write"},
            id="all-of-it",
        ),
        pytest.param(
            ["secrets: write | dependabot_secrets: write"],
            {"secrets": "write"},
            id="the-first-of-alternatives",
        ),
        pytest.param(["packages: write"], {}, id="no-such-key"),
        pytest.param(["organization members: read", "user token"], {}, id="not-a-repositorys"),
    ],
)
def test_only_permissions_that_the_form_has(permissions: list[str], keys: dict[str, str]) -> None:
    found = fields(token_form.address("X", "", permissions))
    assert {
        k: v for k, v in found.items() if k not in {"name", "description", "expires_in"}
    } == keys


@pytest.mark.parametrize(
    ("permissions", "named", "others"),
    [
        pytest.param(
            ["administration: write", "actions_variables: read"],
            ("Variables: Read-only", "Administration: Read and write"),
            (),
            id="by-their-names-on-the-page",
        ),
        pytest.param(
            ["organization members: read", "user token"],
            (),
            ("organization members: read", "user token"),
            id="in-the-documentations-words",
        ),
    ],
)
def test_by_hand(permissions: list[str], named: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert token_form.by_hand(permissions) == (named, others)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("octo-org/app.js", True), ("octo-org", False), ("a/b/c", False), ("a/$(x)", False)],
)
def test_what_is_a_repository(name: str, is_one: bool) -> None:
    assert token_form.is_repository(name) is is_one
