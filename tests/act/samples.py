"""Small workflows for tests, put together from text."""

import textwrap


def workflow(jobs: str, on: str = "push", top: str = "") -> str:
    """A workflow with these jobs."""
    return f"on: {on}\n{top}jobs:\n{textwrap.indent(textwrap.dedent(jobs), '  ')}"


def job(name: str, *keys: str, script: str = "true") -> str:
    """A job of one script, with other keys before its steps."""
    lines = [f"{name}:", "  runs-on: ubuntu-latest", *(f"  {key}" for key in keys)]
    lines += ["  steps:", f"    - name: of {name}", "      run: |"]
    return "\n".join(lines) + "\n" + textwrap.indent(textwrap.dedent(script), " " * 8) + "\n"
