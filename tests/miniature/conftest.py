import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole runs of the paper's DAG take too long for every day: they are asked for by `pytest -m miniature`."""
    if "miniature" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("miniature"):
            item.add_marker(pytest.mark.skip(reason="a whole run of the paper's DAG; `make miniature` runs it"))
