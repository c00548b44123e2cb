"""What an embedded dataset holds and how hard it is."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hapvr.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
Range = Annotated[tuple[float, float], Field(description="smallest and largest value")]


class Picture(Section):
    """Format of every rendered video."""

    width: int = Field(ge=32, le=1920, multiple_of=2, description="pixels")
    height: int = Field(ge=32, le=1080, multiple_of=4, description="pixels")
    fps: int = Field(ge=1, le=60, description="frames per second")
    crf: Range = Field(description="H.264 constant rate factor, 0 (lossless) to 51")


class World(Section):
    """Incidents and the cameras that record them."""

    families: int = Field(ge=1, description="scenery and palettes; incidents and distractors share them")
    actors: int = Field(ge=0, description="moving objects in one incident, over its whole length")
    actor_seconds: Range = Field(
        description="how long one of them is there, seconds; the shorter, the more an incident unfolds in time"
    )
    seconds: Range = Field(description="length of a recording, seconds")
    spread: Share = Field(description="how far cameras of one incident stand apart, as a share of the world's margin")
    zoom: Range = Field(description="zoom of a camera; 1 shows 240 x 180 of the world's 640 x 400 units")
    roll_deg: float = Field(ge=0, le=20, description="largest roll of a camera, degrees")
    cast: Share = Field(description="largest change of a colour channel's gain, by camera and by time of the incident")


class Edits(Section):
    """How a copy differs from its source; probabilities are per copy."""

    flip: Share = Field(description="probability of a horizontal flip")
    logo: Share = Field(description="probability of a logo in a corner")
    text: Share = Field(description="probability of a line of text")
    blur: Share = Field(description="probability of blur")
    blur_px: float = Field(ge=0, description="largest standard deviation of that blur, at 240 pixels of width")
    inset: Share = Field(description="probability of picture in picture: the copy shrunk into other footage")
    inset_side: Range = Field(description="side of the inset, as a share of the picture's side")
    crop: Range = Field(description="side kept by cropping, as a share of the picture's side")
    cast: Share = Field(description="largest change of a colour channel's gain")
    speed: Range = Field(description="playback speed; 1 is unchanged")
    crf: Range = Field(description="H.264 constant rate factor of a re-encoded copy")


class Clutter(Section):
    """What collections of real videos have besides footage; chances are per video, or per distractor.

    A dataset has some channels, whose videos share a look however unrelated they are.
    """

    channels: int = Field(ge=1, description="publishers in the dataset; in FIVR and EVVE those of YouTube's news")
    intro: Share = Field(description="the channel's title card at the start: FIVR, VCDB's television recordings")
    outro: Share = Field(description="the channel's title card at the end: FIVR's news, SVD's application logos")
    card_s: Range = Field(description="length of a title card, seconds")
    black: Share = Field(description="black frames, at the start and, by another draw, at the end: all of them")
    black_s: Range = Field(description="their length, seconds")
    freeze: Share = Field(description="the picture stands still for a while: slide shows in FIVR and EVVE")
    freeze_s: Range = Field(description="how long, seconds")
    bars: Share = Field(description="letterbox or side bars: films in VCDB, upright telephone videos in FIVR and SVD")
    bars_side: Range = Field(description="share of the picture's height or width that bars leave")
    watermark: Share = Field(description="the channel's sign in a corner: FIVR, VCDB, SVD")
    subtitles: Share = Field(description="lines of text that change every other second: FIVR, SVD")
    stock: Share = Field(description="a stock shot cut into the footage: FIVR's news, compilations in VCDB")
    stocks: int = Field(ge=1, description="stock shots in the dataset")
    stock_s: Range = Field(description="length of a stock shot, seconds")
    plain: Share = Field(description="distractors: a near-empty, static shot, as of a wall or the sky: VCDB, SVD")
    compilations: Share = Field(description="distractors: short scenes of several incidents in a row: FIVR, VCDB")


class Fivr(Section):
    """Incident retrieval: near-duplicates, duplicate scenes, complementary and incident scenes."""

    kind: Literal["fivr"]
    incidents: int = Field(ge=1)
    queries: int = Field(ge=1, description="query recordings per incident, each by its own camera at overlapping times")
    near_duplicates: int = Field(ge=0, description="edits of the whole recording, per query")
    duplicate_scenes: int = Field(ge=0, description="videos that hold only part of the recording, per query")
    complementary: int = Field(ge=0, description="further cameras at overlapping times, per incident")
    incident_scenes: int = Field(ge=0, description="recordings at another time, per incident")
    distractors: int = Field(ge=0, description="videos of other incidents")


class Evve(Section):
    """Event retrieval: recordings of one event by any camera at any time."""

    kind: Literal["evve"]
    events: int = Field(ge=1)
    occurrences: int = Field(ge=1, description="incidents that make up one event")
    queries: int = Field(ge=1, description="query videos per event")
    positives: int = Field(ge=1, description="database videos per event")
    distractors: int = Field(ge=0, description="database videos of no event")


class Svd(Section):
    """Short near-duplicates with labelled hard negatives."""

    kind: Literal["svd"]
    queries: int = Field(ge=1)
    positives: int = Field(ge=1, description="labelled near-duplicates, per query")
    negatives: int = Field(ge=0, description="labelled negatives, per query: the same place at another time")
    distractors: int = Field(ge=0, description="unlabelled videos, candidates of every query")


class Dev(Section):
    """Everything that the others ask, of other incidents: to make choices on. Its tasks are those of both parts."""

    kind: Literal["dev"]
    fivr: Fivr
    svd: Svd


class Vcdb(Section):
    """Training videos without labels, and a small labelled core of partial copies."""

    kind: Literal["vcdb"]
    training: int = Field(ge=1, description="unlabelled videos, each of an incident of its own")
    groups: int = Field(ge=0, description="sources of the labelled core")
    copies: int = Field(ge=1, description="partial copies per source")


class Render(Section):
    """An embedded dataset, rendered (`mini_*`)."""

    source: Literal["render"]
    seed: int = Field(ge=0, description="seed of every incident, recording and edit of this dataset")
    picture: Picture
    world: World
    edits: Edits
    clutter: Clutter
    contents: Annotated[Fivr | Evve | Svd | Vcdb | Dev, Field(discriminator="kind")]

    @model_validator(mode="after")
    def check_ranges(self) -> Self:
        """Ranges are in order and inside what can be rendered."""
        for key, (low, high), smallest, largest in [
            ("picture.crf", self.picture.crf, 0, 51),
            ("world.seconds", self.world.seconds, 1, 25),
            ("world.actor_seconds", self.world.actor_seconds, 1, 60),
            ("clutter.card_s", self.clutter.card_s, 0, 10),
            ("clutter.black_s", self.clutter.black_s, 0, 10),
            ("clutter.freeze_s", self.clutter.freeze_s, 0, 10),
            ("clutter.bars_side", self.clutter.bars_side, 0.3, 1),
            ("clutter.stock_s", self.clutter.stock_s, 0, 10),
            ("world.zoom", self.world.zoom, 0.8, 4),
            ("edits.inset_side", self.edits.inset_side, 0.2, 1),
            ("edits.crop", self.edits.crop, 0.2, 1),
            ("edits.speed", self.edits.speed, 0.25, 4),
            ("edits.crf", self.edits.crf, 0, 51),
        ]:
            if not smallest <= low <= high <= largest:
                raise ValueError(f"{key}: expected a range within [{smallest}, {largest}], found [{low}, {high}]")
        return self
