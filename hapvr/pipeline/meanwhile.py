"""Recording while Snakemake still runs: a kill costs what was finished in the last minute, not the whole run."""

import logging
import os
import time
from collections.abc import Callable

from snakemake_interface_logger_plugins.common import LogEvent

# Recording takes seconds in which no stage is started.
EVERY_S = float(os.environ.get("HAPVR_RECORD_EVERY_S", "60"))


class Meanwhile(logging.Handler):
    """Records when a stage has ended, if the last time was long enough ago."""

    def __init__(self, record: Callable[[], None]) -> None:
        super().__init__()
        self._record = record
        self._last = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", None) != LogEvent.JOB_FINISHED or time.monotonic() - self._last < EVERY_S:
            return
        try:
            self._record()
        except Exception:
            # What could not be recorded now is recorded later.
            self.handleError(record)
        self._last = time.monotonic()
