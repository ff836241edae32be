"""Reading `run:` scripts.

A word is shown as its text, with `<NAME>` for a variable, `{source}` for an expression of GitHub's
and `?` for what can't be known; the words of a command are joined by blanks.
"""

from __future__ import annotations

import pytest

from bot.scripts.shell import (
    HOLE,
    Assignment,
    Command,
    Embedded,
    Opaque,
    Script,
    Variable,
    Word,
    read,
)


def shown(word: Word) -> str:
    def one(part: object) -> str:
        match part:
            case Variable(name):
                return f"<{name}>"
            case Embedded(source):
                return f"{{{source}}}"
            case Opaque():
                return "?"
        return str(part)

    return "".join(one(part) for part in word.parts)


def script(text: str, shell: str = "") -> Script:
    found = read(text, shell)
    assert isinstance(found, Script)
    return found


def commands(text: str, shell: str = "") -> list[str]:
    return [" ".join(shown(w) for w in c.words) for c in script(text, shell).commands]


def one(text: str, program: str, shell: str = "") -> Command:
    found = [c for c in script(text, shell).commands if c.words[0].literal == program]
    assert len(found) == 1
    return found[0]


def assigned(text: str, shell: str = "") -> list[tuple[str, str, bool, str]]:
    return [(a.name, shown(a.value), a.exported, a.target) for a in script(text, shell).assignments]


BASH = {
    "words, one command a line": ("gh release list\ngit push", ["gh release list", "git push"]),
    "a line that goes on": ("gh release \\\n  create v1", ["gh release create v1"]),
    "quotes are taken off": ("""gh a "b c" 'd'"e"\\ f""", ["gh a b c de f"]),
    "a plain and a braced variable": ('gh "$A/${B}"', ["gh <A>/<B>"]),
    "an array's name": ('gh "${ARGS[@]}"', ["gh <ARGS>"]),
    "a changed variable is not the variable": ("gh ${TAG#v}", ["gh ?"]),
    "single quotes keep a dollar": ("gh '$A'", ["gh $A"]),
    "a glob": ("gh upload dist/*.whl", ["gh upload dist/?.whl"]),
    "a query is no glob": ("gh api repos/x?per_page=9", ["gh api repos/x?per_page=9"]),
    "placeholders of gh are no braces": ("gh api repos/{owner}/x", ["gh api repos/{owner}/x"]),
    "braces that make many words": ("rm {a,b}.txt", ["rm ?.txt"]),
    "an expression of GitHub's alone": ("${{ inputs.run }}", ["{inputs.run}"]),
    "an expression in a word": ('gh "v${{ a.b }}-1"', ["gh v{a.b}-1"]),
    "an expression in single quotes": ("gh '${{ a }}'", ["gh {a}"]),
    "braces in an expression's string": ("gh ${{ format('}}', a) }} x", ["gh {format('}}', a)} x"]),
    "an expression in a variable's name": ("gh $A${{ b }}", ["gh ?"]),
    "text like a placeholder": ("gh GH0z ${{ a }}", ["gh GH0z {a}"]),
    "a command substitution": ('gh "$(git tag)"', ["gh ?", "git tag"]),
    "backquotes": ("gh `git tag`", ["gh ?", "git tag"]),
    "a process substitution": ("gh <(git tag)", ["gh ?", "git tag"]),
    "a subshell": ("(cd x; make)", ["cd x", "make"]),
    "substitution in arithmetic": ("gh $(( $(git x) + 1 ))", ["gh ?", "git x"]),
    "substitution in a default": ("gh ${A:-$(git x)}", ["gh <A>", "git x"]),
    "substitution in a test": ('[[ -n "$(git x)" ]] && gh a', ["git x", "gh a"]),
    "substitution in a here-document": ("a <<E\n$(git x)\nE", ["a", "git x"]),
    "backquotes in a here-document": ("a <<E\n`git x`\nE", ["git x", "a"]),
    "nothing runs in a quoted here-document": ("a <<'E'\n$(git x)\nE", ["a"]),
    "the line behind a here-document": ("cat <<E | gh a && b\nx\nE\nc", ["cat", "gh a", "b", "c"]),
    "assignments, then a command": ("A=1 B=2\nX=3\na b", ["a b"]),
    "a comment": ("# gh release\na # b", ["a"]),
    "all branches": ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
    "loops": ("for i in 1; do a; done; while b; do c; done", ["a", "b", "c"]),
    "cases": ("case $x in a) b;; *) c;; esac", ["b", "c"]),
    "windows line ends": ("a b\r\nc\r\n", ["a b", "c"]),
    "a long list": ("a && " * 3000 + "b", ["a"] * 3000 + ["b"]),
}


@pytest.mark.parametrize(("text", "expected"), BASH.values(), ids=BASH.keys())
def test_commands_of_bash(text: str, expected: list[str]) -> None:
    assert commands(text) == expected
    assert script(text).sound


WRAPPERS = {
    "sudo with options": ("sudo -Eu me gh a", ["gh a"]),
    "env with assignments": ("env -i A=1 gh a", ["gh a"]),
    "env alone": ("env", ["env"]),
    "timeout with options": ("timeout -k 5 10m gh a", ["gh a"]),
    "time": ("time -p gh a", ["gh a"]),
    "several": ("sudo nice -n 5 nohup stdbuf -oL gh a", ["gh a"]),
    "a virtual screen": ('xvfb-run -a --server-args="-x 1" gh a', ["gh a"]),
    "exec": ("exec gh a", ["gh a"]),
    "command": ("command gh a", ["gh a"]),
    "a question for a command": ("command -v gh", ["command -v gh"]),
    "xargs adds words": ("ls | xargs -n1 gh a", ["ls", "gh a ?"]),
    "xargs puts words in": ("ls | xargs -I{} gh a/{} b", ["ls", "gh a/? b"]),
    "find starts commands": (
        r"find . -exec gh a {} \; -x",
        ["find . -exec gh a {} ; -x", "gh a ?"],
    ),
    "bash -c": ("bash -c 'gh a && gh b'", ["gh a", "gh b"]),
    "bash -c with a variable": ('bash -euc "gh $A ${{ b }}"', ["gh <A> {b}"]),
    "eval": ('eval "gh a" b', ["gh a b"]),
    "eval of something unknown": ('eval "$A"', ["<A>"]),
    "a shell reads a here-document": ("bash -e <<E\ngh $A\nE", ["bash -e", "gh <A>"]),
    "a shell reads a pipe": ("echo 'gh a' | sh", ["echo gh a", "sh", "gh a"]),
    "a script in a file": ("bash x.sh a", ["bash x.sh a"]),
    "PowerShell in bash": ("pwsh -Command 'gh a; gh b'", ["gh a", "gh b"]),
    "a trap": ("trap 'gh a' EXIT", ["trap gh a EXIT", "gh a"]),
    "a container": ("docker run x gh a", ["docker run x gh a"]),
}


@pytest.mark.parametrize(("text", "expected"), WRAPPERS.values(), ids=WRAPPERS.keys())
def test_what_a_wrapper_starts(text: str, expected: list[str]) -> None:
    assert commands(text) == expected


TOLERANCE = {
    "a plain command": ("", "gh", False),
    "|| true": ("", "gh || true", True),
    "|| a message": ("", "gh || echo x", True),
    "|| exit 1": ("", "gh || exit 1", False),
    "|| a block that fails": ("", "gh || { echo x; exit 2; }\na", False),
    "|| a block that ends well": ("", "gh || { echo x; exit 0; }", True),
    "behind &&": ("", "a && gh\nb", False),
    "before && in the middle": ("", "gh && a\nb", True),
    "before && at the end": ("", "gh && a", False),
    "a condition": ("", "if gh; then a; fi", True),
    "a refused condition": ("", "if ! gh; then a; fi", True),
    "a condition whose refusal fails": ("", "if ! gh; then echo x; exit 1; fi", False),
    "a piped condition whose refusal fails": ("", "if ! echo x | gh; then exit 1; fi", False),
    "a condition whose else fails": ("", "if gh; then a; else exit 1; fi", False),
    "the body of an if": ("", "if a; then gh; fi", False),
    "a loop's condition": ("", "while gh; do a; done", True),
    "a background job": ("", "gh &\na", True),
    "after set +e": ("", "set +e\ngh\na", True),
    "after set +e, but last": ("", "set +e\ngh", False),
    "after set +e and set -e": ("", "set +e\nset -euo pipefail\ngh\na", False),
    "early in a pipeline": ("", "gh | a", True),
    "early in a pipeline of bash": ("bash", "gh | a", False),
    "last in a pipeline": ("", "a | gh", False),
    "a template without -e": ("bash {0}", "gh\na", True),
    "a template with -e": ("/bin/bash -xe {0}", "gh\na", False),
    "in an argument": ("", 'echo "$(gh)"', True),
    "in an assignment": ("", "A=$(gh)\na", False),
    "in an exported assignment": ("", "export A=$(gh)\na", True),
    "not last in a substitution": ("", "A=$(gh; a)\na", True),
    "in a subshell": ("", "(gh)\na", False),
    "in a forgiven subshell": ("", "(gh; b) || true", True),
    "in a function": ("", "f() { gh; a; }\nf", False),
    "in a function whose call is forgiven": ("", "f() { gh; }\nf || true", True),
    "in a function that such a one calls": ("", "f() { gh; }\ng() { f; }\ng || true", True),
    "PowerShell's last program": ("pwsh", "gh", False),
    "PowerShell's program before others": ("pwsh", "gh\ngit x", True),
    "PowerShell's program before cmdlets": ("pwsh", "gh\nWrite-Host x", False),
    "PowerShell's checked program": ("pwsh", "gh\nif ($LASTEXITCODE) { exit 1 }\ngit x", False),
    "caught": ("pwsh", "try { gh } catch { Write-Host x }", True),
    "caught and thrown": ("pwsh", "try { gh } catch { throw }", False),
    "cmd's last command": ("cmd", "a\ngh", False),
    "cmd's other commands": ("cmd", "gh\na", True),
}


@pytest.mark.parametrize(("shell", "text", "expected"), TOLERANCE.values(), ids=TOLERANCE.keys())
def test_tolerated(shell: str, text: str, expected: bool) -> None:
    assert one(text, "gh", shell).tolerated is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gh", False),
        ("a && gh", True),
        ("a || gh", True),
        ("if gh; then a; fi", False),
        ("if a; then b; elif gh; then c; fi", True),
        ("case $x in a) gh;; esac", True),
        ("for i in a; do gh; done", True),
        ("f() { gh; }", True),
        ("{ gh; }", False),
    ],
)
def test_conditional(text: str, expected: bool) -> None:
    assert one(text, "gh").conditional is expected


STDIN = {
    "echo": ("echo $T | gh a", "", "<T>"),
    "echo without a line break": ('echo -n "$T" | gh a', "", "<T>"),
    "printf": (r"printf '%s: %s\n' a $T | gh a", "", "a: <T>"),
    "through tee": ("echo x | tee f | gh a", "", "x"),
    "a here-string": ('gh a <<< "$T"', "", "<T>"),
    "a here-document": ("gh a <<E\nx $T\ny\nE", "", "x <T>\ny"),
    "a here-document without its tabs": ("gh a <<-E\n\tx\n\tE", "", "x"),
    "a here-document through cat": ("cat <<E | gh a\nx\nE", "", "x"),
    "a group": ("{ echo a; echo b; } | gh a", "", "a\nb"),
    "an expression": ("echo ${{ github.token }} | gh a", "", "{github.token}"),
    "PowerShell's string": ('"$env:T" | gh a', "pwsh", "<T>"),
    "cmd": ("echo %T%|gh a", "cmd", "<T>"),
}


@pytest.mark.parametrize(("text", "shell", "expected"), STDIN.values(), ids=STDIN.keys())
def test_stdin(text: str, shell: str, expected: str) -> None:
    stdin = one(text, "gh", shell).stdin
    assert stdin is not None
    assert shown(stdin) == expected


@pytest.mark.parametrize("text", ["gh a", "jq . f | gh a", "gh a < f"])
def test_unknown_stdin(text: str) -> None:
    assert one(text, "gh").stdin is None


ASSIGNMENTS = {
    "plain": ("A=1", "", [("A", "1", False, "shell")]),
    "exported": ("export A=$B", "", [("A", "<B>", True, "shell")]),
    "exported later": ("export A", "", [("A", "<A>", True, "shell")]),
    "appended": ("A+=x", "", [("A", "<A>x", False, "shell")]),
    "an array": ("A=(a $B)", "", [("A", "a <B>", False, "shell")]),
    "unset": ("unset A", "", [("A", "", False, "shell")]),
    "a loop": (
        "for A in x y; do a; done",
        "",
        [("A", "x", False, "shell"), ("A", "y", False, "shell")],
    ),
    "read": ("read -r A", "", [("A", "?", False, "shell")]),
    "later steps": ('echo "A=$B" >> "$GITHUB_ENV"', "", [("A", "<B>", True, "env")]),
    "an output": ('echo "A=1" >> $GITHUB_OUTPUT', "", [("A", "1", False, "output")]),
    "an output as a command": ("echo ::set-output name=A::1", "", [("A", "1", False, "output")]),
    "a group of outputs": (
        "{ echo A=1; echo B=2; } >> $GITHUB_OUTPUT",
        "",
        [("A", "1", False, "output"), ("B", "2", False, "output")],
    ),
    "a list's last command": ("a && echo A=1 >> $GITHUB_ENV", "", [("A", "1", True, "env")]),
    "several lines": (
        "echo 'A<<E' >> $GITHUB_ENV\ncat f >> $GITHUB_ENV\necho E >> $GITHUB_ENV",
        "",
        [("A", "?", True, "env")],
    ),
    "a here-document": (
        "cat >> $GITHUB_ENV <<E\nA=1\nB=$C\nE",
        "",
        [("A", "1", True, "env"), ("B", "<C>", True, "env")],
    ),
    "tee": ("echo A=1 | tee -a $GITHUB_ENV", "", [("A", "1", True, "env")]),
    "names that are not known": ("tool >> $GITHUB_ENV", "", [("", "?", True, "env")]),
    "PowerShell's own": ("$A = 'x'", "pwsh", [("variable:a", "x", False, "shell")]),
    "PowerShell's environment": ('$env:A = "x$env:B"', "pwsh", [("A", "x<B>", True, "shell")]),
    "PowerShell's redirection": ('"A=1" >> $env:GITHUB_ENV', "pwsh", [("A", "1", True, "env")]),
    "PowerShell's file": (
        'echo "A=1" | Out-File $env:GITHUB_OUTPUT -Append',
        "pwsh",
        [("A", "1", False, "output")],
    ),
    "PowerShell's content": (
        'Add-Content $env:GITHUB_ENV -Value "A=1"',
        "pwsh",
        [("A", "1", True, "env")],
    ),
    "cmd's": ("set A=%B%", "cmd", [("A", "<B>", True, "shell")]),
    "cmd's file": ("echo A=1>>%GITHUB_ENV%", "cmd", [("A", "1", True, "env")]),
}


@pytest.mark.parametrize(
    ("text", "shell", "expected"), ASSIGNMENTS.values(), ids=ASSIGNMENTS.keys()
)
def test_assignments(text: str, shell: str, expected: list[tuple[str, str, bool, str]]) -> None:
    assert assigned(text, shell) == expected


@pytest.mark.parametrize(
    "text", ["A=1 gh x", "env A=1 gh x", "sudo A=1 gh x", "sudo env A=1 timeout 5 gh x"]
)
def test_environment_of_a_command(text: str) -> None:
    assert one(text, "gh").env == (("A", Word(("1",))),)


def test_an_assignment_on_a_line_of_its_own_is_no_environment() -> None:
    assert one("A=1 B=2\nX=3\ngh x", "gh").env == ()


def test_a_variable_taken_out_of_the_environment() -> None:
    assert one("env -u A gh x", "gh").env == (("A", Word(())),)


POWERSHELL = {
    "a backtick goes on": ("gh a `\n  b", ["gh a b"]),
    "options of a program": ("cargo x -- -D w --t=$env:T", ["cargo x -- -D w --t=<T>"]),
    "the call operator": ('& "C:\\a b\\gh.exe" a', ["C:\\a b\\gh.exe a"]),
    "a path": ("./a.ps1 -X ${{ b }}", ["./a.ps1 -X {b}"]),
    "a table": ('irm x -Headers @{ A = "B $env:T" }', ["irm x -Headers @{ A = B <T> }"]),
    "a splat": ("gh @a", ["gh ?"]),
    "a member": ("gh $a.b", ["gh ?"]),
    "a variable in a string": ('gh "$a.b$($env:C)"', ["gh <variable:a>.b<C>"]),
    "single quotes": ("gh '$a''b'", ["gh $a'b"]),
    "a substitution": ('gh "$(git x)"', ["gh ?", "git x"]),
    "an assignment from a command": ("$r = gh a | ConvertFrom-Json", ["gh a", "ConvertFrom-Json"]),
    "branches": ("if (a) { b }\nelseif ($x) { c }\nelse { d }", ["a", "b", "c", "d"]),
    "a loop over a command": ("foreach ($i in 1) { a }", ["a"]),
    "a function": ("function F { gh a }", ["gh a"]),
    "a script block": ("1 | % { gh a }", ["% ?", "gh a"]),
    "a method's argument": ('$a.F((git x), "y")', ["git x"]),
    "a here-string": ('gh @"\na $env:B\n"@ c', ["gh a <B> c"]),
    "a comment": ("gh a # b\n<# c\n#>d", ["gh a", "d"]),
    "bash": ("bash -c 'gh a'", ["gh a"]),
}


@pytest.mark.parametrize(("text", "expected"), POWERSHELL.values(), ids=POWERSHELL.keys())
def test_commands_of_powershell(text: str, expected: list[str]) -> None:
    assert commands(text, "pwsh") == expected
    assert script(text, "pwsh").sound


CMD = {
    "a caret goes on": ("gh a ^\n b", ["gh a b"]),
    "a variable in quotes": ('gh "x %A%"', ["gh x <A>"]),
    "a condition": ("if exist x (gh a) else gh b", ["gh a", "gh b"]),
    "a comparison": ("if not %A%==b gh a", ["gh a"]),
    "a loop": ("for %%i in (a b) do gh %%i", ["gh ?"]),
    "call and echo off": ("@echo off\n@call a.bat\n:end", ["echo off", "a.bat"]),
}


@pytest.mark.parametrize(("text", "expected"), CMD.values(), ids=CMD.keys())
def test_commands_of_cmd(text: str, expected: list[str]) -> None:
    assert commands(text, "cmd") == expected


@pytest.mark.parametrize(
    ("text", "shell", "line"),
    [
        ("a\n\ngh", "", 2),
        ("a ${{ x ||\n y }}\ngh", "", 2),
        ("a <<E\nx\nE\ngh", "", 3),
        ("bash -c 'a\ngh'", "", 1),
        ("a `\n b\n\ngh", "pwsh", 3),
        ("a ^\n b\ngh", "cmd", 2),
    ],
)
def test_lines(text: str, shell: str, line: int) -> None:
    assert one(text, "gh", shell).line == line


def test_functions_are_named() -> None:
    found = script("f() { gh; }\nfunction g { a; }")
    assert found.functions == {"f", "g"}
    assert [c.function for c in found.commands] == ["f", "g"]


def test_text_of_a_word_has_a_hole_for_each_unknown_part() -> None:
    word = one("gh https://x:$T@y", "gh").words[1]
    assert word.text == f"https://x:{HOLE}@y"
    assert word.literal is None


def test_default_of_a_variable() -> None:
    word = one("gh ${A:-b c}", "gh").words[1]
    assert word.parts == (Variable("A", Word(("b c",))),)


def test_assignments_know_their_line() -> None:
    assert script("a\nB=c").assignments == (Assignment("B", Word(("c",)), False, 1),)
