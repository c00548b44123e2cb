"""Sections `fetch`, `frames`, `whiten`, `features` and `views`: from videos to features."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hapvr.params.render import Render
from hapvr.params.section import Section

Backbone = Literal["efficientnet_lite0", "resnet50"]


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


class Upstream(Section):
    """A published dataset: annotations are fetched, videos are found in a folder of the user's."""

    source: Literal["upstream"]
    videos: str = Field(description="folder of video files named by video id; from the project's folder, or absolute")
    annotations: str | None = Field(description="folder that holds the annotation files; null: fetch them")
    mirror: str | None = Field(description="address that stands in for the annotations' sources; null: the sources")


class FrameLimits(Section):
    """What one video may cost and be; beyond it, it is a row in failures.csv."""

    wall_s: float = Field(gt=0, description="seconds that one decoder may take for one video, then it is killed")
    memory_gb: float = Field(ge=0.5, description="memory of the process that decodes one video")
    side: int = Field(ge=32, description="longest side of a picture, pixels")
    duration_s: float = Field(gt=0, description="time of the last frame")
    frames: int = Field(ge=1, description="frames in the file")
    missing_s: float = Field(ge=0, description="a video that ends so much before its header says is damaged")


class Frames(Section):
    fps: float = Field(gt=0, le=60, description="sampled frames per second of video")
    size: int = Field(ge=32, le=1024, description="short side after resizing and side of the centre crop, pixels")
    jpeg_quality: int = Field(ge=1, le=100, description="quality at which sampled frames are stored")
    decoder: Literal["auto", "decord", "pyav"] = Field(
        description="auto: decord where it is exact, PyAV elsewhere; decord: nothing but decord; pyav: nothing but PyAV"
    )
    policy: Literal["salvage", "reject"] = Field(
        description="salvage: keep the undamaged frames of a damaged video; reject: keep none"
    )
    minimum_s: float = Field(ge=0, description="seconds of undamaged frames below which nothing is salvaged")
    limits: FrameLimits
    workers: int = Field(ge=1, description="videos decoded at the same time; does not change the result")


class Whiten(Section):
    dims: int = Field(ge=2, description="dimensions kept by PCA-whitening")
    vectors: int = Field(ge=2, description="region vectors sampled from the training set for the PCA")
    seed: int = Field(ge=0, description="seed of that sample")


class Features(Section):
    batch: int = Field(ge=1, description="frames in one pass of the backbone")
    threads: int = Field(ge=1, description="CPU threads of the backbone")
    weights: str | None = Field(description="file of the backbone's weights; null: those its package carries")


Chance = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Sigma = Annotated[float, Field(gt=0, le=20)]


class Views(Section):
    """Augmented views of the training videos. Crop, flip, RandAugment and video-in-video are the same for all frames
    of a view; overlays and blur are drawn for each frame."""

    shards: list[int] = Field(description="shards of the training set that the view bank is made of; empty: no bank")
    weak: int = Field(ge=1, description="weakly augmented views per video")
    strong: int = Field(ge=1, description="strongly augmented views per video")
    seed: int = Field(ge=0, description="seed of the augmentations")
    weak_crop: tuple[Share, Share] = Field(description="weak: share of the frame's area kept, from and to")
    strong_crop: tuple[Share, Share] = Field(description="strong: share of the frame's area kept, from and to")
    flip: Chance = Field(description="weak and strong: chance of a horizontal flip")
    operations: int = Field(ge=0, description="strong: RandAugment operations in a row")
    magnitude: int = Field(ge=0, le=30, description="strong: RandAugment magnitude, of 30")
    text: Chance = Field(description="strong: chance of text on a frame")
    pictograph: Chance = Field(description="strong: chance of a pictograph on a frame")
    overlay_size: tuple[Share, Share] = Field(description="height of overlays, share of the frame's, from and to")
    overlay_opacity: tuple[Share, Share] = Field(description="opacity of overlays, from and to")
    blur: Chance = Field(description="strong: chance of blur on a frame")
    blur_sigma: tuple[Sigma, Sigma] = Field(description="standard deviation of the blur in pixels, from and to")
    video_in_video: Chance = Field(description="strong: chance that the view is placed inside another video")
    area: tuple[Share, Share] = Field(description="video-in-video: share of the area it takes there, from and to")

    @model_validator(mode="after")
    def check_ranges(self) -> Self:
        """Ranges run upwards."""
        for key in ("weak_crop", "strong_crop", "overlay_size", "overlay_opacity", "blur_sigma", "area"):
            low, high = getattr(self, key)
            if low > high:
                raise ValueError(f"{key}: [{low:g}, {high:g}] runs downwards; give the smaller number first")
        return self


Fetch = Annotated[Render | Upstream, Field(discriminator="source")]
