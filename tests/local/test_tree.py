"""Reading a commit through git."""

from __future__ import annotations

import pytest

from bot.repository import open_repository
from bot.tree import Tree
from tests.local.checkout import Checkout


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://github.com/a/b.git", "a/b"),
        ("https://user:secret@github.com/a/b", "a/b"),
        ("git@github.com:a/b.git", "a/b"),
        ("ssh://git@github.com:22/a/b.c", "a/b.c"),
        ("https://gitlab.com/a/b", None),
        ("https://evil.example/github.com/a/b", None),
        ("https://github.com.evil.example/a/b", None),
        ("/srv/github.com/a/b", None),
    ],
)
def test_the_slug_of_the_remote(checkout: Checkout, url: str, slug: str | None) -> None:
    checkout.git("remote", "add", "origin", url)
    with open_repository(checkout.root) as repository:
        assert repository.slug() == slug


@pytest.mark.parametrize(
    "path",
    ["nothing", "../outside", "/etc/passwd", ".github", "a\nb", "file/below", "", "link", "up/x"],
)
def test_paths_that_are_no_file_of_the_commit(checkout: Checkout, path: str) -> None:
    checkout.write("file", "x")
    (checkout.root / "link").symlink_to("file")
    (checkout.root / "up").symlink_to("..")
    checkout.commit()
    with open_repository(checkout.root) as repository:
        tree = Tree(repository, repository.commit(repository.head).tree)
        assert tree.read(path) is None
        assert tree.read("file") == "x"
