"""Sections `train` and `freeze`."""

from pydantic import Field

from hapvr.params.section import Section


class Train(Section):
    runs: list[str] = Field(description="the runs that are trained, once per seed")
    seeds: list[int] = Field(min_length=1, description="one model per seed; tables give mean ± standard deviation")
    steps: int = Field(ge=1, description="optimiser steps")
    pairs: int = Field(ge=2, description="sources in a batch; each gives one weak and one strong view")
    window: int = Field(ge=4, description="frames per view in a batch")
    learning_rate: float = Field(gt=0, description="AdamW learning rate after warm-up")
    weight_decay: float = Field(ge=0)
    warmup_steps: int = Field(ge=0, description="steps of linear warm-up")
    warmup_factor: float = Field(gt=0, le=1, description="learning rate at the first step, as a share")
    final_factor: float = Field(ge=0, le=1, description="learning rate at the last step, as a share (cosine)")
    threads: int = Field(ge=1, description="CPU threads of one training")


class Freeze(Section):
    runs: list[str] = Field(description="the runs that are not trained")
