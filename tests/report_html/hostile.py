"""Records by somebody who means harm."""

from __future__ import annotations

from bot.sweep.record import FileRecord, FindingRecord, JobRecord, Record, State

_BREAKS = (
    "</script><script>window.hit=1</script>",
    "<!--<script>",
    "]]><img src=x onerror=window.hit=2>",
    "'\"><svg onload=window.hit=3>",
    "\u2028window.hit=4\u2029",
    "\u202egnp.exe\u2066 \u200b\u0000\x1b[31m\r\n::error::x",
    "\ud800 lone",
    "{{7*7}} {% raw %} ${alert(1)} `x`",
    "__proto__",
    "constructor",
    "x" * 1_000_000,
    "Z\u0300\u0301\u0302" * 2000,
)
_PULLS = (
    "javascript:window.hit=5",
    "JaVaScRiPt://%0awindow.hit=5//https://x",
    "data:text/html,<script>parent.hit=6</script>",
    "https://user:secret@example.org/pull/1",
    "https://example.org/\u202epull/1",
    "//example.org/pull/1",
    'https://example.org/pull/1" onclick="window.hit=7',
)


def _jobs(text: str) -> tuple[JobRecord, ...]:
    one = JobRecord(
        text, 1, (text, "b", "nobody"), (text,), (text,), (text,), reasons=((text, text, 1),)
    )
    circle = (JobRecord("a", -1, ("b",), None, ()), JobRecord("b", 10**9, ("a",), (), None))
    return (
        one,
        *circle,
        *(JobRecord(f"{text[:20]}{n}", n, (), None, ("a: b",)) for n in range(80)),
    )


def _file(text: str) -> FileRecord:
    diff = f"--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n {text}\n-{text}\n+{text}\n+\t{text}\r\n\\ No\n"
    return FileRecord(text, diff, text, (text, "permissions"), text, (text,), _jobs(text))


def hostile() -> tuple[Record, ...]:
    """A record for each text, with the text everywhere, and one for each address."""
    found = [
        Record(
            repository=text,
            state=State.FAILED,
            head=text,
            branch=text,
            why=text,
            pull=text,
            seconds=1e300,
            calls=2**60,
            files=(_file(text),),
            findings=(FindingRecord("implicit-permissions", "note", text, 1, text, text, "f"),),
            notes=(text,),
            alarms=(text,),
        )
        for text in _BREAKS
    ]
    found += [
        Record(f"o/{n}", State.OPENED, pull=pull, alarms=("x",)) for n, pull in enumerate(_PULLS)
    ]
    long = "@@ -1,1 +1,200000 @@\n" + "+line\n" * 200_000
    found.append(
        Record("o/long", State.OPENED, files=(FileRecord("x.yml", long, "c", (), "low", (), ()),))
    )
    return tuple(found)
