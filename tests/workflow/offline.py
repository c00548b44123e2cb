"""`unshare -rn python offline.py COMMAND …` runs a command that reaches no machine but this one, by 127.0.0.1."""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import warnings

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def offline() -> list[str]:
    """What to put before a command. Nothing, with a warning, where this machine lets nobody cut the network off."""
    unshare = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        warnings.warn("the network is not cut off: `unshare --map-root-user --net` is not permitted", stacklevel=2)
        return []
    return [*unshare, sys.executable, __file__]


def main() -> None:
    interfaces = [name for _, name in socket.if_nameindex()]
    assert interfaces == ["lo"], f"expected no network but lo, found {interfaces}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        (flags,) = struct.unpack_from("16xh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0)))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
