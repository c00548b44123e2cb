"""Which videos belong to which shard."""

from collections.abc import Iterable


def shard_of(video_ids: Iterable[str], shard: int, shards: int) -> list[str]:
    """Every `shards`-th id of the sorted ids, from the `shard`-th: shards differ by one video at most."""
    return sorted(video_ids)[shard::shards]
