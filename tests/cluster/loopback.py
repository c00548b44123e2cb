"""A real Slurm on this machine: its controller and two nodes, in a folder, reachable on 127.0.0.1 only."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

DAEMONS = ("munged", "slurmctld", "slurmd")
PLACES = f"{os.environ['PATH']}:/usr/sbin:/sbin"
NODES = ("node1", "node2")

# What a node offers is claimed, not measured: stages ask for the memory of real work, the smoke preset needs little.
# A lost node is noticed after SlurmdTimeout, and its jobs may start again when their credentials have expired.
SETTINGS = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SlurmdTimeout=10
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port[1]} CPUs=2 RealMemory=16000
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port[2]} CPUs=2 RealMemory=16000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Loopback:
    """The cluster, as its users and its accidents see it."""

    folder: Path
    nodes: dict[str, subprocess.Popen[bytes]]

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which Slurm's commands, and what they start, find this cluster and no other."""
        places = [self.folder / "bin", Path(sys.executable).parent, os.environ["PATH"]]
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": os.pathsep.join(map(str, places))}

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands prints."""
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    def running(self, node: str) -> dict[str, str]:
        """Jobs that run on a node: number → `rule_NAME`."""
        lines = self.ask("squeue", "--noheader", "--states=running", f"--nodelist={node}", "--format=%A %k")
        return dict(line.split(maxsplit=1) for line in lines.splitlines())

    def lose(self, node: str) -> list[str]:
        """Ends all of a node at once, as a power cut does: its daemon and all processes of its jobs; their numbers."""
        jobs = list(self.running(node))
        self.nodes[node].kill()
        self.nodes[node].wait()
        for process in psutil.process_iter(["cmdline"]):
            title = " ".join(process.info["cmdline"] or [])
            if any(title.startswith(f"slurmstepd: [{job}.") for job in jobs):
                _kill_with_children(process)
        return jobs


@contextmanager
def loopback(folder: Path) -> Iterator[Loopback]:
    """Starts the cluster in an empty folder, and stops it with all of its jobs."""
    user, host = getpass.getuser(), socket.gethostname()
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    (folder / "slurm.conf").write_text(SETTINGS.format(folder=folder, host=host, user=user, port=_free_ports(3)))
    _write_srun(folder)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    with ExitStack() as stack:
        munge = {
            "socket": "munge.socket",
            "key-file": "munge.key",
            "pid-file": "munged.pid",
            "seed-file": "munged.seed",
        }
        files = [f"--{option}={folder / name}" for option, name in munge.items()]
        _start(stack, folder / "munged.log", "munged", "--foreground", "--force", *files)
        _start(stack, folder / "slurmctld.log", "slurmctld", "-D", "-c")
        nodes = {node: _start(stack, folder / f"{node}.log", "slurmd", "-D", "-N", node) for node in NODES}
        cluster = Loopback(folder, nodes)
        # Runs a job of all nodes as soon as there are any; what waits in vain ends with it.
        cluster.ask("srun", "--nodes=2", "--immediate=60", "true")
        stack.callback(cluster.ask, "scancel", f"--user={user}")
        yield cluster


def missing() -> list[str]:
    """Daemons that this machine lacks."""
    return [name for name in DAEMONS if shutil.which(name, path=PLACES) is None]


def _start(stack: ExitStack, log: Path, daemon: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A daemon that ends with the stack. Its settings lie beside its log."""
    program = shutil.which(daemon, path=PLACES)
    assert program is not None
    environment = os.environ | {"SLURM_CONF": str(log.parent / "slurm.conf")}
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen([program, *arguments], env=environment, stdout=output, stderr=subprocess.STDOUT)
    stack.callback(process.wait, timeout=60)
    stack.callback(process.terminate)
    return process


def _write_srun(folder: Path) -> None:
    """`srun` that knows the cluster: Snakemake's executor takes every variable of Slurm from the one within a job."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "srun"
    script.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
    script.chmod(0o755)


def _kill_with_children(process: psutil.Process) -> None:
    try:
        for child in [process, *process.children(recursive=True)]:
            child.kill()
    except psutil.NoSuchProcess:
        pass


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
