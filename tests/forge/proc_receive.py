"""git's ``proc-receive`` hook of the stand-in: asks it about each ref, and says what it says.

Only so can a push be declined in GitHub's own words; git's other hooks have words of their own.
"""

import json
import os
import sys
import urllib.request


def read() -> list[bytes]:
    """Packets until the next flush."""
    found: list[bytes] = []
    while True:
        length = int(sys.stdin.buffer.read(4), 16)
        if length == 0:
            return found
        found.append(sys.stdin.buffer.read(length - 4))


def write(*lines: str) -> None:
    """Packets, and a flush."""
    for line in lines:
        data = line.encode()
        sys.stdout.buffer.write(b"%04x" % (len(data) + 4) + data)
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer one push."""
    features = read()[0].partition(b"\0")[2].split()
    write("version=1\0" + ("push-options" if b"push-options" in features else ""))
    commands = [one.decode().rstrip("\n").split(" ", 2) for one in read()]
    if b"push-options" in features:
        read()
    request = urllib.request.Request(  # noqa: S310
        os.environ["STANDIN_PUSH"], json.dumps(commands).encode(), {"User-Agent": "git"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        verdict = json.load(answer)
    for line in verdict["said"]:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    lines = []
    for ref, reason in verdict["refs"]:
        lines += [f"ng {ref} {reason}"] if reason else [f"ok {ref}", "option fall-through"]
    write(*lines)


main()
