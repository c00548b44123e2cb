"""Why a video is missing: the words that records have for it."""

ABSENT = "absent"  # not in the user's folder, and not asked for
GONE, PRIVATE, REGION, AGE, NETWORK = "gone", "private", "region", "age", "network"
OTHER = "other"  # followed by what was said
REASONS = (ABSENT, GONE, PRIVATE, REGION, AGE, NETWORK, OTHER)


def kind_of(reason: str) -> str:
    """`other: what was said` → `other`."""
    return reason.partition(":")[0]
