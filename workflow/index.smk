"""The index of a folder of one's own videos, built in parts side by side, on one machine or a cluster.

    snakemake -s workflow/index.smk -c 8 --config folder=/videos parts=64
    snakemake -s workflow/index.smk --executor slurm -j 64 --config folder=/videos parts=64

Interrupted parts go on at their last finished video. Run again, with --forceall, for what was added since.
"""

import sys
from pathlib import Path

FOLDER = Path(config["folder"])
PARTS = int(config["parts"])
# Marks beside the parts: Snakemake would delete a part that it took for an output of its own.
DONE = f"{FOLDER}/.hapvr-index.parts/{{part}}-of-{PARTS}.done"


rule all:
    input:
        expand(DONE, part=range(PARTS)),


rule part:
    output:
        touch(DONE),
    params:
        command=[sys.executable, "-m", "hapvr", "index", str(FOLDER), "--part"],
        of=PARTS,
    resources:
        mem_mb=4000,
    shell:
        "{params.command:q} {wildcards.part}/{params.of}"
