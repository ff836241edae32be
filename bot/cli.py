"""The command line: arguments in, exit code out. What the commands do is in :mod:`.commands`."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from bot.options import BRANCH, TRACEBACK, FormatName
from bot.review.options import Deed, Form

# The commands import what is behind them themselves: it takes longer to load than --help to read.
app = typer.Typer(
    name="clearance",
    help="Explicit, explained and proven permissions for every job of your workflows.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Paths = Annotated[
    list[str], typer.Argument(help="Repositories, folders of repositories, workflow files.")
]
_Config = Annotated[
    str | None,
    typer.Option("--config", help="A settings file for all [.github/clearance.yml of each]."),
]
_Widen = Annotated[
    bool, typer.Option("--widen", help="Grant what a job needs beyond what the workflow grants.")
]


@app.command()
def scan(
    target: _Paths,
    form: Annotated[FormatName, typer.Option("--format", help="How to report.")] = FormatName.TEXT,
    config: _Config = None,
    widen: _Widen = False,
) -> None:
    """Report jobs without permissions of their own or that lack one, and late publishing steps.

    Exit code: 0 nothing found (notes do not count), 1 findings, 2 error.
    """
    from bot import commands

    targets = commands.Targets(tuple(target), config, widen)

    raise typer.Exit(commands.scan(targets, form))


@app.command()
def fix(
    path: _Paths,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes, write nothing.")] = False,
    only: Annotated[
        str,
        typer.Option("--only", help="The remedies to apply: permissions,preflight,token [all]."),
    ] = "",
    config: _Config = None,
    widen: _Widen = False,
) -> None:
    """Write permissions, preflight probes and other tokens into the workflow files.

    Exit code: 0 done, 2 error.
    """
    from bot import commands

    remedies = frozenset(only.split(",")) if only else frozenset()
    targets = commands.Targets(tuple(path), config, widen, remedies)

    raise typer.Exit(commands.fix(targets, diff=diff))


@app.command()
def explain(
    path: Annotated[str, typer.Argument(help="A repository or a workflow file.")],
    job: Annotated[str, typer.Option("--job", help="The id of a job [all jobs].")] = "",
    config: _Config = None,
) -> None:
    """Show what each job needs, with the evidence.

    Exit code: 0 done, 2 error.
    """
    from bot import commands

    targets = commands.Targets((path,), config)

    raise typer.Exit(commands.explain(targets, job))


@app.command()
def run(
    target: Annotated[str, typer.Argument(help="A git checkout, or OWNER/REPO on GitHub.")],
    out: Annotated[
        str | None, typer.Option("--out", help="Where the pull request's title and body go.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", help=f"The branch to make in a checkout [{BRANCH}].")
    ] = None,
    config: _Config = None,
    widen: _Widen = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="On GitHub, push and open nothing.")
    ] = False,
) -> None:
    """Open a pull request on GitHub, or keep the one that is open right.

    In a checkout it makes a branch with one commit, and the pull request's text, and uses no
    network. On GitHub it takes its token from GH_TOKEN or GITHUB_TOKEN.

    Exit code: 0 done, 2 error.
    """
    from bot import commands

    remote = commands.remote(target)
    if remote is None:
        targets = commands.Targets((target,), config, widen)
        raise typer.Exit(commands.run(targets, out, branch or BRANCH))
    from bot import online

    raise typer.Exit(online.run(online.Wish(remote, config, out, widen, dry_run)))


@app.command()
def sweep(
    config: Annotated[str, typer.Option("--config", help="The operator's settings file.")],
    out: Annotated[
        str, typer.Option("--out", help="The folder for the reports.")
    ] = "clearance-report",
    journal: Annotated[
        str | None, typer.Option("--journal", help="The journal [in your state folder].")
    ] = None,
    shard: Annotated[
        str, typer.Option("--shard", help="Scan one part of many, such as 3/8, and open nothing.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Push and open nothing.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was interrupted.")
    ] = False,
    go: Annotated[bool, typer.Option("--go", help="Wait for no canaries.")] = False,
    publish: Annotated[
        list[str] | None,
        typer.Option("--publish", help="Scan nothing: do what a shard's records.jsonl asks for."),
    ] = None,
) -> None:
    """Keep the pull requests of all repositories right that the settings name.

    Exit code: 0 done, 1 some failed, 2 error.
    """
    from bot import sweeping

    parts = tuple(publish or ())
    wish = sweeping.Wish(config, journal, out, shard, dry_run, resume, go, parts)

    raise typer.Exit(sweeping.sweep(wish))


@app.command()
def review(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[OWNER/REPO#N]", help="A pull request [all open ones]."),
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Explain a failed run: its address, or a log file.")
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve what is exactly ours.")
    ] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Merge what is exactly ours.")] = False,
    close: Annotated[
        bool, typer.Option("--close", help="Close; it is not proposed again.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Start the failed jobs of its checks again.")
    ] = False,
    repository: Annotated[
        str, typer.Option("--repository", help="Only of repositories like OWNER/*.")
    ] = "*",
    author: Annotated[
        str, typer.Option("--author", help="The account that opens them [the token's own].")
    ] = "",
    merged_since: Annotated[
        str, typer.Option("--merged-since", help="Look at what ran after merges since 2026-01-31.")
    ] = "",
    config: _Config = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it to many without asking.")] = False,
    form: Annotated[Form, typer.Option("--format", help="How to report.")] = Form.TEXT,
) -> None:
    """Prove open pull requests afresh, and act on them; explain a run that was refused something.

    Without a target it shows all that are open. It takes its token from GH_TOKEN or GITHUB_TOKEN.

    Exit code: 0 all is well, 1 something to look at, 2 error.
    """
    given = {Deed.APPROVE: approve, Deed.MERGE: merge, Deed.CLOSE: close, Deed.RETRY: retry}
    deeds = [deed for deed, wanted in given.items() if wanted]
    if len(deeds) > 1:
        raise typer.BadParameter(f"--{deeds[0]} and --{deeds[1]} don't go together")
    from bot.review.command import Wish
    from bot.review.command import run as look

    wish = Wish(
        target, run, deeds[0] if deeds else None, repository, author, merged_since, config,
        dry_run, yes, form,
    )  # fmt: skip
    raise typer.Exit(look(wish))


@app.command()
def doctor(
    target: Annotated[
        str | None, typer.Argument(metavar="[OWNER/REPO]", help="A repository [the token alone].")
    ] = None,
) -> None:
    """Show what the token may do on GitHub, and what is in the way of a run there.

    Exit code: 0 all is well, 1 something lacks, 2 error.
    """
    from bot.doctor import doctor as examine

    raise typer.Exit(examine(target))


def _version(wanted: bool) -> None:
    if wanted:
        from bot import __version__

        typer.echo(f"clearance {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; a fault of the program is one sentence too."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not so where a test has put something else there
            stream.reconfigure(errors="backslashreplace")
    # What is made of a file has no cycles; looking for them took an eighth of the time.
    gc.disable()
    try:
        app()
    except Exception as error:  # noqa: BLE001 - nobody is to see a traceback
        if os.environ.get(TRACEBACK):
            from bot.forge.redact import scrubbed_traceback

            sys.stderr.write(scrubbed_traceback(error))
            sys.exit(2)
        sys.stderr.write(
            f"clearance: the program failed ({type(error).__name__}); please report it, "
            f"{TRACEBACK}=1 shows the place\n"
        )
        sys.exit(2)
