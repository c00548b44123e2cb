import pytest

from tests.cluster.loopback import missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A cluster takes minutes and Slurm's daemons: it is asked for by `pytest -m cluster`."""
    asked, lacking = "cluster" in config.getoption("markexpr"), ", ".join(missing())
    for item in items:
        if not item.get_closest_marker("cluster"):
            continue
        if not asked:
            item.add_marker(pytest.mark.skip(reason="a cluster on this machine; `make slurm` runs it"))
        elif lacking:
            pytest.exit(f"{lacking}: not installed; on Debian `apt-get install slurm-wlm munge`", returncode=1)
