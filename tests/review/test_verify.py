# ruff: noqa: E501 - tables of what can be done
"""Whether a pull request is the program's: told from every byte of it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bot import __version__
from bot.life import seal
from bot.life.state import Source
from bot.review.verify import Verdict
from tests.forge.bare import Content, Symlink
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Reviewer, amend, retell, told
from tests.stories.teller import (
    BRANCH,
    CHECKS,
    CI,
    HOME,
    RELEASE,
    ROTATE,
    ROTATES,
    Teller,
)

OWN = ".github/clearance.yml"


def tree_with(repo: Repository, *changes: str) -> str:
    """The tree of the program's branch with other entries, as ``git update-index`` takes them."""
    index = {"GIT_INDEX_FILE": str(repo.git.folder / "index.test")}
    repo.git.run("read-tree", BRANCH, environment=index)
    lines = "".join(f"{line}\n" for line in changes).encode()
    repo.git.run("update-index", "--index-info", data=lines, environment=index)
    return repo.git.run("write-tree", environment=index)


def entry(repo: Repository, path: str, data: bytes, mode: str = "100644") -> str:
    """A line for :func:`tree_with`."""
    blob = repo.git.run("hash-object", "-w", "--stdin", data=data)
    return f"{mode} {blob}\t{path}"


def content(repo: Repository, path: str) -> bytes:
    """A file as it is on the program's branch."""
    found = repo.git.find(f"{BRANCH}:{path}")
    assert found is not None
    return repo.git.read(found.oid)


def test_what_the_program_made_is_exactly_ours(repo: Repository, reviewer: Reviewer) -> None:
    found = reviewer.look().judgement
    assert found.verdict is Verdict.EXACT
    assert not found.notes
    assert not found.differences


def test_it_stays_so_when_the_base_moves_on(repo: Repository, reviewer: Reviewer) -> None:
    repo.human.push({"README.md": "More.\n", CI: CHECKS.replace("test:", "check:")})
    assert reviewer.look().judgement.verdict is Verdict.EXACT


def test_it_stays_so_when_it_is_merged(repo: Repository, reviewer: Reviewer) -> None:
    repo.human.merge(repo.pull)
    assert reviewer.look().judgement.verdict is Verdict.EXACT


def test_what_github_committed_is_ours_too(hub: GitHub, teller: Teller, reviewer: Reviewer) -> None:
    hub.repository(HOME, {CI: CHECKS}, collaborators={"clearance": "write", "rita": "write"})
    teller.run(settings="commit_via: api\n")
    assert reviewer.look("commit_via: api\n").judgement.verdict is Verdict.EXACT


def test_commits_of_others_are_named(repo: Repository, reviewer: Reviewer) -> None:
    repo.human.push({"README.md": "Mine.\n"}, BRANCH, "Explain it")
    found = reviewer.look().judgement
    assert found.verdict is Verdict.MORE
    assert [(one.headline, one.who) for one in found.others] == [
        ("Explain it", "mona (no account)")
    ]
    assert [(one.path, one.after) for one in found.differences] == [("README.md", "Mine.\n")]


def test_commits_below_its_own_are_not_ours(repo: Repository, reviewer: Reviewer) -> None:
    git, own = repo.git, repo.branches[BRANCH]
    below = git.commit_tree(
        tree_with(repo, entry(repo, "evil.sh", b"rm -rf /\n")), (repo.head,), "x", "eve <e@e>"
    )
    tree = tree_with(repo, entry(repo, "evil.sh", b"rm -rf /\n"))
    text = git.read(own).decode().partition("\n\n")[2].partition("\n\nClearance-Base")[0]
    message = seal.sealed(text, below, tree)
    author = git.run("show", "-s", "--format=%an <%ae>", own)
    oid = git.commit_tree(tree, (below,), message, author)
    repo.human.force_push(BRANCH, oid)
    retell(repo, head=oid, base=below)
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "lie below" in found.reasons[0]


FLIPS = tuple(range(12))


@pytest.mark.parametrize("cover", [False, True], ids=["body as it was", "body rewritten"])
@pytest.mark.parametrize("seed", FLIPS)
def test_one_changed_byte_is_not_ours(
    repo: Repository, reviewer: Reviewer, seed: int, cover: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    path = chance.choice((CI, RELEASE, "README.md"))
    data = bytearray(content(repo, path))
    at = chance.randrange(len(data))
    match chance.choice(("flip", "drop", "add")):
        case "flip":
            data[at] ^= 1 << chance.randrange(8)
        case "drop":
            del data[at]
        case _:
            data.insert(at, chance.choice(b" \n#x"))
    amend(repo, tree_with(repo, entry(repo, path, bytes(data))), cover=cover)
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    if cover:
        assert [one.path for one in found.differences] == [path]


TREES: dict[str, tuple[Callable[[Repository], str], str]] = {
    "a file is added": (lambda repo: entry(repo, "new.sh", b"x\n"), "new.sh"),
    "an empty file is added": (lambda repo: entry(repo, ".github/workflows/x.yml", b""), ".github/workflows/x.yml"),
    "a file is deleted": (lambda _: f"0 {'0' * 40}\tREADME.md", "README.md"),
    "a workflow is deleted": (lambda _: f"0 {'0' * 40}\t{CI}", CI),
    "a mode is changed": (lambda repo: entry(repo, CI, content(repo, CI), "100755"), CI),
    "a file becomes a link": (lambda repo: entry(repo, "README.md", content(repo, "README.md"), "120000"), "README.md"),
    "a submodule is added": (lambda repo: f"160000 {repo.head}\tsub", "sub"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "path"), TREES.values(), ids=TREES)
@pytest.mark.parametrize("resealed", [False, True], ids=["seal as it was", "sealed again"])
def test_another_tree_is_not_ours(
    repo: Repository,
    reviewer: Reviewer,
    change: Callable[[Repository], str],
    path: str,
    resealed: bool,
) -> None:
    tree, message = tree_with(repo, change(repo)), ""
    if resealed:
        said = repo.git.read(repo.branches[BRANCH]).decode().partition("\n\n")[2]
        message = seal.sealed(said.partition("\n\nClearance-Base")[0], repo.head, tree)
    amend(repo, tree, message, cover=True)
    retell(repo, program="9.9.9")
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    assert [one.path for one in found.differences] == [path]


def test_another_byte_in_the_message_is_not_ours(repo: Repository, reviewer: Reviewer) -> None:
    said = repo.git.read(repo.branches[BRANCH]).decode().partition("\n\n")[2]
    amend(repo, message=said.replace("e", "a", 1), cover=True)
    found = reviewer.look().judgement
    assert (found.verdict, len(found.reasons)) == (Verdict.NOT_OURS, 1)
    assert "seal" in found.reasons[0]


def test_another_author_is_not_ours(repo: Repository, reviewer: Reviewer) -> None:
    amend(repo, author="eve <1+eve@users.noreply.github.com>", cover=True)
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "eve <1+eve@users.noreply.github.com> made it" in found.reasons[0]


def test_a_commit_that_its_body_does_not_name_is_not_ours(
    repo: Repository, reviewer: Reviewer
) -> None:
    amend(repo, author="clearance <x@y>", cover=False)
    assert reviewer.look().judgement.verdict is Verdict.NOT_OURS


BODIES: dict[str, Callable[[Repository], None]] = {
    "another base": lambda repo: retell(repo, base=repo.branches[BRANCH]),
    "another digest": lambda repo: retell(repo, content="0" * 32),
    "a fingerprint less": lambda repo: retell(repo, fingerprints=told(repo).fingerprints[1:]),
    "a fingerprint more": lambda repo: retell(
        repo, fingerprints=(*told(repo).fingerprints, "f" * 16)
    ),
    "no block": lambda repo: setattr(repo.pull, "body", repo.pull.body.partition("<!-- clearance-state")[0]),
}  # fmt: skip


@pytest.mark.parametrize("change", BODIES.values(), ids=BODIES)
def test_another_body_is_not_ours(
    repo: Repository, reviewer: Reviewer, change: Callable[[Repository], None]
) -> None:
    change(repo)
    assert reviewer.look().judgement.verdict is Verdict.NOT_OURS


def test_a_base_with_the_same_files_is_another_base(repo: Repository, reviewer: Reviewer) -> None:
    tree = repo.git.run("rev-parse", f"{repo.head}^{{tree}}")
    same = repo.git.commit_tree(tree, (repo.head,), "Nothing", "mona <m@m>")
    repo.human.force_push("main", same)
    retell(repo, base=same)
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "its commit stands on" in found.reasons[0]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"base": "0" * 40}, id="a base that is not there"),
        pytest.param({"base": "--upload-pack=x"}, id="a base that is an option"),
        pytest.param({"head": "0" * 40}, id="a head that is not there"),
        pytest.param(
            {"sources": (Source("octo/none@v1", "1" * 40, "action.yml", "2" * 40),)},
            id="an answer that is not there",
        ),
    ],
)
def test_what_can_not_be_read_proves_nothing(
    repo: Repository, reviewer: Reviewer, change: dict[str, object]
) -> None:
    retell(repo, 1, **change)
    assert reviewer.look().judgement.verdict is Verdict.UNPROVED


def test_other_settings_are_told(repo: Repository, reviewer: Reviewer) -> None:
    retell(repo, settings="0" * 12)
    found = reviewer.look().judgement
    assert found.verdict is Verdict.EXACT
    assert "other settings" in found.notes[0]


def test_the_operators_settings_are_asked_for(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    hub.repository(HOME, {CI: CHECKS}, collaborators={"clearance": "write", "rita": "read"})
    teller.run(settings="remedies: [permissions]\nprobes: [refs]\n")
    assert reviewer.look("remedies: [permissions]\nprobes: [refs]\n").judgement.notes == ()
    assert "--config" in reviewer.look().judgement.notes[0]


def test_the_repositorys_settings_are_those_of_its_base(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    files = {CI: CHECKS, OWN: "probes: [refs]\n"}
    repo = hub.repository(HOME, files, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    repo.human.push({OWN: "exclude: ['*']\n"})
    found = reviewer.look().judgement
    assert (found.verdict, found.notes) == (Verdict.EXACT, ())


def test_one_pull_request_a_remedy_is_proved_alone(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    files = {CI: CHECKS, ROTATE: ROTATES}
    hub.repository(HOME, files, collaborators={"clearance": "write", "rita": "read"})
    made = teller.all(settings="pull_requests: one-a-remedy\n")
    opened = [one for one in made if one.pull]
    assert [one.branch for one in opened] == [f"{BRANCH}-permissions", f"{BRANCH}-token"]
    for number, _ in enumerate(opened, 1):
        found = reviewer.look("pull_requests: one-a-remedy\n", number=number).judgement
        assert (found.verdict, found.notes) == (Verdict.EXACT, ())


def test_the_same_of_another_version_is_ours(repo: Repository, reviewer: Reviewer) -> None:
    retell(repo, program="0.0.9")
    found = reviewer.look().judgement
    assert found.verdict is Verdict.EXACT
    assert found.notes == (f"version 0.0.9 made it, and this is {__version__}",)


def test_something_else_of_another_version_is_told_apart(
    repo: Repository, reviewer: Reviewer
) -> None:
    data = content(repo, CI).replace(b"contents: read", b"contents: read # checkout")
    tree = tree_with(repo, entry(repo, CI, data))
    said = repo.git.read(repo.branches[BRANCH]).decode().partition("\n\n")[2]
    text = said.partition("\n\nClearance-Base")[0]
    amend(repo, tree, seal.sealed(text, repo.head, tree), cover=True)
    retell(repo, program="0.0.9")
    found = reviewer.look().judgement
    assert found.verdict is Verdict.OTHER_VERSION
    assert [one.path for one in found.differences] == [CI]


def test_what_differs_is_there_to_be_shown(repo: Repository, reviewer: Reviewer) -> None:
    data = content(repo, CI).replace(b"read", b"write")
    amend(repo, tree_with(repo, entry(repo, CI, data)), cover=True)
    (difference,) = reviewer.look().judgement.differences
    assert "contents: read" in difference.before
    assert difference.after == data.decode()


def test_it_goes_into_the_default_branch(repo: Repository, reviewer: Reviewer) -> None:
    repo.human.create_branch("other")
    repo.pull.base = "other"
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "it is to go into other" in found.reasons[0]


def test_a_pull_request_of_a_person_is_not_ours(repo: Repository, reviewer: Reviewer) -> None:
    repo.human.push({"README.md": "Mine.\n"}, "mine")
    made = repo.human.open("mine", "A change", "Look at this.")
    assert reviewer.look(number=made.number).judgement.verdict is Verdict.NOT_OURS


def test_a_forks_pull_request_is_ours_only_where_its_author_is_known(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    hub.repository(HOME, {CI: CHECKS}, collaborators={"rita": "write", "clearance": "read"})
    teller.run()
    found = reviewer.look().judgement
    assert found.verdict is Verdict.UNPROVED
    assert "--author" in found.reasons[0]
    assert reviewer.look(None, "clearance").judgement.verdict is Verdict.EXACT


def test_a_hidden_block_can_hold_anything(repo: Repository, reviewer: Reviewer) -> None:
    retell(repo, fingerprints=("\x1b[31m", "../..", "a" * 16), settings="\x1b]0;x\x07")
    assert reviewer.look().judgement.verdict is Verdict.NOT_OURS


def test_links_in_a_repository_lead_nowhere(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    files: dict[str, Content] = {CI: CHECKS, "passwd": Symlink("/etc/passwd")}
    repo = hub.repository(HOME, files, collaborators={"clearance": "write", "rita": "write"})
    teller.run()
    change = entry(repo, "passwd", b"/etc/shadow", "120000")
    amend(repo, tree_with(repo, change), cover=True)
    (difference,) = reviewer.look().judgement.differences
    assert (difference.before, difference.after) == ("/etc/passwd", "/etc/shadow")
