"""What is asked of fetching a published dataset."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from hapvr.fetch.videos.pattern import check_address, check_pattern
from hapvr.fetch.videos.reasons import REASONS
from hapvr.section import Section

Way = Literal["videos", "frames", "features"]


class Download(Section):
    """How missing videos are fetched, and how politely."""

    url: str = Field(description="address of a video; {id} stands for its id")
    workers: int = Field(ge=1, le=32, description="videos fetched at the same time")
    requests_per_s: float = Field(gt=0, description="most requests per second, of all workers together")
    jitter: float = Field(ge=0, le=1, description="share by which the pause between requests varies, at random")
    timeout_s: float = Field(gt=0, description="seconds without an answer after which a request has failed")
    wall_s: float = Field(gt=0, description="seconds that one video may take, then it is a row with reason network")
    limit_mb: int = Field(ge=1, description="size of one video beyond which it is not fetched, MiB")
    attempts: int = Field(ge=1, description="attempts of an interrupted download")
    pauses_s: list[float] = Field(
        min_length=1,
        description="seconds to wait each time that the server asks for a pause; then fetching stops",
    )
    ask_again: list[str] = Field(description="reasons of missing videos that a rerun asks for again")

    @field_validator("url")
    @classmethod
    def check_url(cls, url: str) -> str:
        return check_address(url)

    @field_validator("ask_again")
    @classmethod
    def check_reasons(cls, reasons: list[str]) -> list[str]:
        for reason in reasons:
            if reason not in REASONS:
                raise ValueError(f"expected some of {', '.join(REASONS)}, found {reason!r}")
        return reasons


class YtDlp(Download):
    """Pages of videos, such as YouTube's, read by yt-dlp."""

    by: Literal["yt_dlp"]
    short_side: int = Field(ge=1, description="the smallest H.264 of at least so many pixels is taken, if there is one")
    cookies: str | None = Field(description="file of cookies in Netscape's format, only read; null: none")


class Direct(Download):
    """Addresses of the video files themselves."""

    by: Literal["url"]


class Upstream(Section):
    """A published dataset: annotations are fetched; its videos, their frames or their features come in one way."""

    source: Literal["upstream"]
    way: Way = Field(
        description="videos: sampled and described here; frames: sampled already, described here; features: published"
    )
    videos: str = Field(
        description="way videos: folder where they are found or fetched to; from the project's folder, or absolute"
    )
    pattern: str = Field(
        description='how files end by whose video they are, at any depth: "{id}.*", "{id}/video.*"; * is any text'
    )
    keep: bool = Field(description="false: videos that were fetched are deleted as soon as their frames are stored")
    download: Annotated[YtDlp | Direct, Field(discriminator="by")] | None = Field(
        description="how missing videos are fetched; null: they are not"
    )
    frames_folder: str | None = Field(
        description="way frames: folder with a folder of JPEG files per video id, `frames.fps` of them a second, in "
        "the order of their names"
    )
    features_file: str | None = Field(
        description="way features: HDF5 file with one dataset [T, 9, D] per video id; null: the published one, fetched"
    )
    annotations: str | None = Field(description="folder that holds the annotation files; null: fetch them")
    mirror: str | None = Field(description="address that stands in for the annotations' sources; null: the sources")

    @field_validator("pattern")
    @classmethod
    def check_files(cls, pattern: str) -> str:
        return check_pattern(pattern)

    @model_validator(mode="after")
    def check_way(self) -> Self:
        """Frames lie in a folder."""
        if self.way == "frames" and self.frames_folder is None:
            raise ValueError("frames_folder: way is frames; expected the folder that holds them, found null")
        return self
