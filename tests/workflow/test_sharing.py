"""Results made by one person are used by the next, also where both have added some (docs/sharing.md)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.faults import contents
from tests.workflow.sharing import Person, clone, make_shared


def merge_two_branches(mine: Person, theirs: Person) -> None:
    """Both add a run, one with each engine; the second one merges by Git, one command and a commit."""
    mine.add_run("s2vs: {weight: 4}", "# Where one of them")
    mine.snakemake()
    mine.commit("s2vs")
    mine.dvc("push")
    theirs.add_run("tmk: {weight: 0}", "# Where the other one")
    theirs.dvc("repro")
    theirs.commit("tmk")
    theirs.ran()
    theirs.checked(["git", "pull", "--quiet", "--no-rebase"], fails=True)
    assert theirs.conflicts() == {"dvc.lock", "reports/tables/methods.csv"}
    theirs.dvc("repro", "--pull")
    assert theirs.ran() == ["tables@methods"]
    theirs.commit("merged")


def test_of_two_branches_that_add_a_run_only_the_table_is_made_again(tmp_path: Path) -> None:
    mine = make_shared(tmp_path / "mine", str(tmp_path / "store"))
    theirs = clone(mine, tmp_path / "theirs")
    theirs.dvc("pull")
    merge_two_branches(mine, theirs)
    assert {"models/s2vs/weights.txt", "models/tmk/weights.txt"} <= contents(theirs.folder).keys()


@pytest.mark.parametrize(
    "path", ["dvc.lock", "plan.json", "reports/index.html", "reports/metrics/mini_fivr/hapvr.json"]
)
def test_what_commands_write_is_never_merged_line_by_line(path: str) -> None:
    attribute = Person(Path(__file__).parents[2]).git("check-attr", "merge", path)
    assert attribute.strip() == f"{path}: merge: unset"


@pytest.fixture
def bucket() -> Iterator[dict[str, str]]:
    """An S3 server on this machine: options of a remote."""
    moto = pytest.importorskip("moto.server", reason="pip install --requirement requirements-s3.lock")
    pytest.importorskip("dvc_s3", reason="pip install --requirement requirements-s3.lock")
    import boto3

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    login = {"access_key_id": "nobody", "secret_access_key": "none", "region": "us-east-1"}
    address = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=address, aws_access_key_id="nobody", aws_secret_access_key="none", region_name="us-east-1"
    ).create_bucket(Bucket="shared")
    yield {"endpointurl": address, **login}
    server.stop()


@pytest.mark.sharing
def test_an_s3_bucket_gives_a_fresh_clone_everything_and_it_can_run_any_stage(
    bucket: dict[str, str], tmp_path: Path
) -> None:
    mine = make_shared(tmp_path / "mine", "s3://shared/store", **bucket)
    theirs = clone(mine, tmp_path / "theirs")
    assert (theirs.folder / "reports" / "tables" / "methods.csv").exists()
    theirs.dvc("pull")
    assert theirs.nothing_to_do()
    assert contents(theirs.folder) == contents(mine.folder)
    for stage in ("train@hapvr", "evaluate@hapvr", "tables@methods"):
        theirs.dvc("repro", "--force", "--single-item", stage)
    assert theirs.ran() == ["evaluate@hapvr", "tables@methods", "train@hapvr"]
    assert contents(theirs.folder) == contents(mine.folder)
    merge_two_branches(mine, theirs)
    theirs.dvc("push")
    mine.git("pull", "--quiet", "--no-rebase", str(theirs.folder), "main")
    mine.ran()
    mine.dvc("pull")
    assert mine.nothing_to_do()
    assert contents(mine.folder) == contents(theirs.folder)
