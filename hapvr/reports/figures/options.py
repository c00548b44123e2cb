"""What params.yaml says of several figures alike."""

from typing import Annotated, Any

from pydantic import Field

Runs = Annotated[list[str], Field(min_length=1, description="runs shown")]
Benchmarks = Annotated[list[str], Field(min_length=1, description="benchmarks shown")]
# Name → weight and parameters, as params.yaml has the losses of a run.
Losses = dict[str, dict[str, Any]]
