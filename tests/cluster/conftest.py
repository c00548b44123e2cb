import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A cluster takes minutes and Slurm's daemons: it is asked for by `pytest -m cluster`."""
    if "cluster" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.skip(reason="a cluster on this machine; `make slurm` runs it"))
