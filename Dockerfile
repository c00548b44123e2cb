# docker build --tag hapvr . && docker run --rm --volume "$PWD/reports:/project/reports" hapvr
# Build it in a clone: DVC and Snakemake want the repository too.
FROM python:3.11-slim-bookworm

# Debian keeps no older versions, so that a pinned one could soon not be installed.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

ENV DVC_NO_ANALYTICS=1 PIP_NO_CACHE_DIR=1 PATH=/project/.venv/bin:$PATH
WORKDIR /project
COPY LICENSE Makefile README.md pyproject.toml requirements.lock ./
COPY hapvr hapvr
RUN make setup

COPY . .
CMD ["make", "repro"]
