import pytest

from hapvr.fetch.redirects import RedirectError, check_redirect

RAW = "https://raw.githubusercontent.com/a/b/main/file"
HUB = "https://huggingface.co/timm/resnet50/resolve/main/model.safetensors"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (RAW, "https://raw.githubusercontent.com/a/c/main/file"),
        (RAW, "https://RAW.githubusercontent.com:443/a/c/main/file"),
        ("http://ndd.iti.gr/visil/visil.pth", "https://ndd.iti.gr/visil/visil.pth"),
        ("http://ndd.iti.gr/visil/visil.pth", "http://ndd.iti.gr/other.pth"),
        (HUB, "https://us.aws.cdn.hf.co/xet-bridge-us/file?signature=x"),
        (HUB, "https://cdn-lfs.huggingface.co/file"),
        ("https://github.com/a/b/releases/download/v1/file", "https://release-assets.githubusercontent.com/file"),
    ],
)
def test_hosts_of_the_publisher_are_allowed(url: str, target: str) -> None:
    check_redirect(url, target)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (RAW, "http://raw.githubusercontent.com/a/b/main/file"),
        (RAW, "https://raw.githubusercontent.com:8080/a/b/main/file"),
        (RAW, "https://raw.githubusercontent.com.example.org/file"),
        (RAW, "https://raw.githubusercontent.com@example.org/file"),
        (RAW, "https://us.aws.cdn.hf.co/file"),
        (HUB, "http://us.aws.cdn.hf.co/file"),
        (HUB, "https://evilhf.co/file"),
        (HUB, "https://cdn.hf.co:8443/file"),
        ("http://ndd.iti.gr/visil.pth", "https://example.org/visil.pth"),
        ("http://ndd.iti.gr/visil.pth", "http://ndd.iti.gr:99999/visil.pth"),
        (RAW, "file:///etc/passwd"),
        (RAW, "ftp://raw.githubusercontent.com/file"),
        (RAW, ""),
    ],
)
def test_other_hosts_ports_and_schemes_are_refused(url: str, target: str) -> None:
    with pytest.raises(RedirectError, match=r"correct url in registry\.csv, or add the host to KEEPS_FILES_ON"):
        check_redirect(url, target)
