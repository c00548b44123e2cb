"""`python -m hapvr`, which is how `torchrun -m` and `accelerate launch -m` start it."""

from hapvr.cli import main

main()
