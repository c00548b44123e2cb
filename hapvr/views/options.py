"""How views are augmented, in space and in time."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from hapvr.section import Section

Chance = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
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


class Temporal(Section):
    """Temporal augmentation of strong views: one of five with the given chances, or none with what is left."""

    shuffle_dropout: Chance
    fast_forward: Chance
    slow_motion: Chance
    reverse: Chance
    pause: Chance
    segment: tuple[Count, Count] = Field(description="shuffle-dropout: frames per segment, from and to")
    shuffle: Chance = Field(description="shuffle-dropout: chance that the segments change places")
    dropout: Chance = Field(description="shuffle-dropout: chance of each segment to be left out")
    speed: tuple[Count, Count] = Field(description="fast-forward: every n-th frame, from and to")
    slowness: tuple[Count, Count] = Field(description="slow motion: each frame n times, from and to")
    pause_frames: tuple[Annotated[int, Field(ge=0)], Count] = Field(
        description="pause: frames that one frame stands still, from and to"
    )

    @property
    def chances(self) -> dict[str, float]:
        """Chance of each augmentation by name."""
        names = ("shuffle_dropout", "fast_forward", "slow_motion", "reverse", "pause")
        return {name: getattr(self, name) for name in names}

    @model_validator(mode="after")
    def check(self) -> Self:
        """Chances add up to one at most; ranges run upwards."""
        total = sum(self.chances.values())
        if total > 1 + 1e-9:
            raise ValueError(f"the chances of {', '.join(self.chances)} add up to {total:g}; lower them to 1 at most")
        for key in ("segment", "speed", "slowness", "pause_frames"):
            low, high = getattr(self, key)
            if low > high:
                raise ValueError(f"{key}: [{low}, {high}] runs downwards; give the smaller number first")
        return self
