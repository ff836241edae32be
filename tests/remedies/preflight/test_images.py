"""Which image a probe asks about."""

import pytest

from tests.remedies.preflight.support import MAKE, alone, see

_LOGIN = """\
- uses: docker/login-action@v3
  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}"""
_PACKAGES = "permissions: {packages: write}"


def _image(late: str, *steps: str, keys: str = "") -> str:
    return alone(_LOGIN, *steps, MAKE, late, top=_PACKAGES, keys=keys)


_BUILD = "- uses: docker/build-push-action@v6\n  with: {push: true, tags: '%s'}"
_META = "- uses: docker/metadata-action@v5\n  id: m\n  with: {images: '%s'}"
_BY_META = _BUILD % "${{ steps.m.outputs.tags }}"
_FROM_ELSEWHERE = "the image's name is taken from another step of its job"
_IMAGES = {
    "plain": (_image(_BUILD % "ghcr.io/acme/x"), "acme/x", ()),
    "tag-and-digest": (_image(_BUILD % "ghcr.io/acme/x:1@sha256:0"), "acme/x", ()),
    "first-on-ghcr": (_image(_BUILD % "acme/x:1,ghcr.io/acme/y:1,ghcr.io/a/z"), "acme/y", ()),
    "another-registry-first": (
        _image(_BUILD % "docker.io/acme/x:1,ghcr.io/acme/y:1"),
        "acme/y",
        (),
    ),
    "one-only-known-in-a-run-first": (
        _image(_BUILD % "ghcr.io/acme/${{ steps.x.outputs.y }},ghcr.io/acme/z"),
        "acme/z",
        (),
    ),
    "upper-case": (_image(_BUILD % "ghcr.io/Acme/X:1"), "Acme/X", ()),
    "three-parts": (_image(_BUILD % "ghcr.io/acme/x/y:1"), "acme/x/y", ()),
    "by-a-variable-of-the-job": (
        _image(_BUILD % "${{ env.IMAGE }}:1", keys="env: {IMAGE: ghcr.io/acme/x}"),
        "acme/x",
        (),
    ),
    "by-the-metadata-action": (_image(_BY_META, _META % "ghcr.io/acme/x"), "acme/x", ()),
    "tag-only-known-in-a-run": (
        _image(_BUILD % "ghcr.io/acme/x:${{ steps.v.outputs.v }}"),
        "acme/x",
        (),
    ),
    "of-a-command": (_image("- run: docker push ghcr.io/acme/x:1"), "acme/x", ()),
    "of-a-commands-variable": (
        _image("- run: docker push $IMAGE:1\n  env: {IMAGE: ghcr.io/acme/x}"),
        "acme/x",
        (),
    ),
    "named-by-another-steps-variable-alone": (
        _image("- run: docker push $(cat name)", "- run: make $X\n  env: {X: ghcr.io/acme/x}"),
        "acme/x",
        (_FROM_ELSEWHERE,),
    ),
    "named-by-another-steps-input-alone": (
        _image("- run: docker push $(cat name)", "- uses: a/b@v1\n  with: {x: ghcr.io/acme/x}"),
        "acme/x",
        (_FROM_ELSEWHERE,),
    ),
    "named-by-another-step-with-the-jobs-variable": (
        _image(
            "- run: docker push $(cat name)",
            "- uses: a/b@v1\n  with: {x: '${{ env.HOST }}/acme/x'}",
            keys="env: {HOST: ghcr.io}",
        ),
        "acme/x",
        (_FROM_ELSEWHERE,),
    ),
    "named-by-another-step-with-the-workflows-variable": (
        "env: {HOST: ghcr.io}\n"
        + _image(
            "- run: docker push $(cat name)",
            "- uses: a/b@v1\n  with: {x: '${{ env.HOST }}/acme/x'}",
        ),
        "acme/x",
        (_FROM_ELSEWHERE,),
    ),
}


@pytest.mark.parametrize(("text", "image", "softened"), _IMAGES.values(), ids=_IMAGES)
def test_image(text: str, image: str, softened: tuple[str, ...]) -> None:
    seen = see(text)
    assert dict(seen.probe.env)["IMAGE"] == image
    assert seen.probe.softened == softened


_PARTS = ["github.repository", "github.repository_owner", "github.event.repository.name"]


@pytest.mark.parametrize("part", _PARTS)
def test_part_of_the_repositorys_name_in_an_image(part: str) -> None:
    seen = see(_image(_BUILD % f"ghcr.io/acme/${{{{ {part} }}}}:1"))
    assert dict(seen.probe.env)["IMAGE"] == f"acme/${{{{ {part} }}}}"
    assert seen.probe.softened == ()
