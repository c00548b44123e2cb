"""How frames are described, and by which teacher."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from hapvr.section import Section


class Teacher(Section):
    """The frozen network whose frame features give the pseudo labels of the frame level."""

    name: Literal["backbone", "dino_vits16"] = Field(description="backbone: the backbone's global pooled feature")
    weights: str | None = Field(description="file of the teacher's weights; null where the backbone is the teacher")
    raw_pixels: bool = Field(description="give it unscaled 0-255 pixels, as the published code does by a slip")

    @model_validator(mode="after")
    def check_weights(self) -> Self:
        """The backbone has weights and scaling of its own; any other teacher needs a file."""
        if self.name == "backbone":
            if self.weights is not None:
                raise ValueError(
                    f"the backbone has its weights in features.weights; found {self.weights!r}, expected null"
                )
            if self.raw_pixels:
                raise ValueError(
                    "the backbone gets the pixels it was trained with; raw_pixels: expected false, found true"
                )
        elif self.weights is None:
            raise ValueError(
                f"{self.name} needs a file of weights, found null; `hapvr weights {self.name}` fetches one into "
                "models/backbones"
            )
        return self


class Whiten(Section):
    dims: int = Field(ge=2, description="dimensions kept by PCA-whitening")
    vectors: int = Field(ge=2, description="region vectors sampled from the training_set of all for the PCA")
    seed: int = Field(ge=0, description="seed of that sample")
    published: str | None = Field(
        description="file of a published whitening, by `hapvr weights whitening`, that is adopted; null: one is learnt"
    )

    @field_validator("published")
    @classmethod
    def check_published(cls, published: str | None) -> str | None:
        """It is the converted file."""
        if published is not None and not published.endswith(".safetensors"):
            raise ValueError(
                f"expected the converted file, weights/whitening.safetensors, found {published}; "
                "`hapvr weights whitening` makes it"
            )
        return published


class Features(Section):
    batch: int = Field(ge=1, description="frames in one pass of the backbone")
    threads: int = Field(ge=1, description="CPU threads of the backbone")
    weights: str | None = Field(description="file of the backbone's weights; null: those its package carries")
