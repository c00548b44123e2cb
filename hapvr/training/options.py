"""How runs are trained."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hapvr.section import Section
from hapvr.views.options import Temporal

Count = Annotated[int, Field(ge=1)]


class Train(Section):
    seeds: list[int] = Field(min_length=1, description="one model per seed; tables give mean ± standard deviation")
    source: Literal["views", "frames"] = Field(
        description="views: batches from the view bank; frames: they are augmented and described in every step"
    )
    number_format: Literal["float32", "bfloat16", "float16"] = Field(description="of forward and backward")
    processes: int = Field(
        ge=1, description="that train together, each with batches of its own, and a GPU of its own where there are GPUs"
    )
    gather: bool = Field(description="several processes: losses over the videos of all of them, not of each alone")
    steps: int = Field(ge=1, description="optimiser steps")
    pairs: int = Field(ge=2, description="sources in a batch; each gives one weak and one strong view")
    window: int = Field(ge=4, description="frames per view in a batch")
    core_window: int = Field(ge=4, description="frames per video of the labelled core, for methods that learn from it")
    learning_rate: float = Field(gt=0, description="AdamW learning rate after warm-up")
    weight_decay: float = Field(ge=0)
    warmup_steps: int = Field(ge=0, description="steps of linear warm-up")
    warmup_factor: float = Field(gt=0, le=1, description="learning rate at the first step, as a share")
    final_factor: float = Field(ge=0, le=1, description="learning rate at the last step, as a share (cosine)")
    temporal: Temporal
    validation_share: float = Field(ge=0, lt=1, description="share of the training videos held out for validation")
    validation_every: int = Field(ge=1, description="steps between two validations; the last step has one too")
    keep: Literal["last", "best"] = Field(description="weights of the last step, or of the best validation mAP")
    patience: Count | None = Field(description="stop after this many validations without a better one; null: never")
    checkpoint_every: int = Field(
        ge=1, description="steps between checkpoints, where an interrupted run goes on; does not change the result"
    )
    threads: int = Field(ge=1, description="CPU threads of each process of a training")
    workers: int = Field(
        ge=1, description="threads that decode and augment in each process, from frames; does not change the result"
    )

    @model_validator(mode="after")
    def check_steps(self) -> Self:
        """What happens at some steps happens at all."""
        for key in ("warmup_steps", "validation_every"):
            if (value := getattr(self, key)) > self.steps:
                raise ValueError(f"{key}: {value} of {self.steps} steps in all; lower it, or raise steps")
        return self

    @model_validator(mode="after")
    def check_choice(self) -> Self:
        """What is chosen by validation needs held-out videos."""
        wants = [
            text
            for text, chosen in [
                ("keep: best", self.keep == "best"),
                (f"patience: {self.patience}", self.patience is not None),
            ]
            if chosen
        ]
        if wants and self.validation_share == 0:
            raise ValueError(
                f"{' and '.join(wants)} found with validation_share: 0, which holds out no video to validate on; raise "
                "validation_share, or put keep: last and patience: null"
            )
        return self
