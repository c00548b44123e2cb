"""What the C library does with memory that was freed."""

import ctypes
import sys

# Of glibc's malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4
LARGEST_INT = 2**31 - 1


def keep_freed_memory() -> None:
    """This process keeps freed memory for its next tensors, where glibc would give large blocks back at once.

    A large block fresh from the system is zeroed, page by page, when it is first written, and every layer of every
    pass of a network would pay for that anew. The most memory held at one time stays what it is. Elsewhere than on
    Linux with glibc this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, LARGEST_INT)
