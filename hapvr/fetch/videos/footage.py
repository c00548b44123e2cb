"""How much video each published dataset has, before any of it is here."""

from dataclasses import dataclass

# EVVE's publisher says 166 hours; the others have as many in proportion to their published features, which are of one
# frame per second (9 GB for EVVE, 406 for FIVR-200K, 150, 8.7, 118, 31 and 219 for the others).
EVVE_HOURS, EVVE_GB = 166, 9
# Assumed of one video, until some are here: H.264 of 360 pixels without sound, and short videos as they were uploaded.
MBIT_PER_S = {"yt_dlp": 0.3, "url": 1.0}
# A page, two questions to its player and the file; or the file alone.
REQUESTS = {"yt_dlp": 4, "url": 1}
# Of a JPEG of quality 95 that small.
BYTES_PER_PIXEL = 0.55


@dataclass(frozen=True)
class Footage:
    """videos: published number of ids. features_gb: size of the published features."""

    videos: int
    features_gb: float

    @property
    def hours(self) -> float:
        return self.features_gb * EVVE_HOURS / EVVE_GB


FOOTAGE = {
    "evve": Footage(2_993, EVVE_GB),
    "svd": Footage(532_944, 150),
    "fivr_5k": Footage(5_049, 8.7),
    "fivr_200k": Footage(225_960, 406),
    "vcdb": Footage(100_528, 118),
    "cc_web_video": Footage(13_115, 31),
    "dns_100k": Footage(115_792, 219),
}
