"""A studio makes the videos of one dataset: incidents, recordings, edited copies, re-cuts, distractors."""

from dataclasses import dataclass, replace

import numpy as np

from hapvr.render.camera import Camera, Recording, place_camera
from hapvr.render.dressing import draw_dressing
from hapvr.render.edits import draw_edit
from hapvr.render.incident import SECONDS, Incident
from hapvr.render.options import Render
from hapvr.render.randomness import generator
from hapvr.render.video import Clip, Video, whole_clip


@dataclass(frozen=True)
class Studio:
    """Every method takes the name of what it makes; the same name gives the same thing, in whatever order."""

    dataset: str
    render: Render

    def random(self, name: str) -> np.random.Generator:
        return generator(self.render.seed, f"{self.dataset}/{name}")

    def incident(self, name: str, *, place: str | None = None) -> Incident:
        """An incident of its own; its family is drawn, so that incidents and distractors share families."""
        world, place = self.render.world, f"{self.dataset}/{place or name}"
        family = int(generator(self.render.seed, f"{place}/family").integers(world.families))
        return Incident(
            self.render.seed, f"{self.dataset}/{name}", place, family, world.actors, world.actor_seconds, world.cast
        )

    def seconds(self, name: str) -> float:
        """A length for a recording."""
        return float(self.random(f"{name}/seconds").uniform(*self.render.world.seconds))

    def record(self, incident: Incident, camera: str, *, start_s: float, end_s: float) -> Recording:
        """What that camera sees between two times of the incident."""
        return Recording(incident, place_camera(incident, camera, self.render.world), start_s, end_s)

    def record_anytime(self, incident: Incident, name: str) -> Recording:
        """A camera of its own, at any time of the incident."""
        seconds = self.seconds(name)
        start_s = float(self.random(f"{name}/start").uniform(0, SECONDS - seconds))
        return self.record(incident, name, start_s=start_s, end_s=start_s + seconds)

    def footage(self, name: str) -> Recording:
        """A recording of an incident that nothing else shows."""
        return self.record_anytime(self.incident(name), name)

    def distractor(self, name: str) -> Video:
        """A video of incidents that nothing else shows: a recording, a compilation, or a near-empty, static shot."""
        clutter, chance = self.render.clutter, self.random(f"{name}/kind").random()
        if chance < clutter.plain:
            return self.original(name, self.still(name))
        if chance < clutter.plain + clutter.compilations:
            return self.compilation(name)
        return self.original(name, self.footage(name))

    def still(self, name: str) -> Recording:
        """A near-empty shot by a camera that stands still: a small part of a scenery without actors."""
        rng, incident = self.random(f"{name}/still"), replace(self.incident(name), actors=0)
        place = (float(rng.uniform(-1, 1)), float(rng.uniform(-1, -0.4)), float(rng.uniform(3, 4)), 0.0)
        gains = 1 + self.render.world.cast * rng.uniform(-1, 1, 3)
        red, green, blue = (float(gain) for gain in gains)
        return Recording(incident, Camera(name, place, place, (red, green, blue)), 0.0, self.seconds(name))

    def compilation(self, name: str) -> Video:
        """Short scenes of several incidents in a row, as long together as one recording."""
        seconds, count = self.seconds(name), int(self.random(f"{name}/scenes").integers(3, 6))
        scenes = [self.footage(f"{name}/scene{number}") for number in range(count)]
        clips = (Clip(scene, scene.start_s, scene.start_s + seconds / count) for scene in scenes)
        return self.publish(name, *clips, crf=self.render.picture.crf)

    def publish(self, name: str, *clips: Clip, crf: tuple[float, float]) -> Video:
        """A video of these clips as its channel brings it out. crf: its quality lies in this range."""
        looks = f"{self.dataset}/channel"
        dressing = draw_dressing(self.random(f"{name}/dressing"), self.render.clutter, looks, self.render.seed)
        return Video(self.with_stock(name, clips), float(self.random(f"{name}/crf").uniform(*crf)), dressing)

    def with_stock(self, name: str, clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
        """The clips, by chance with a stock shot cut into the longest."""
        clutter, rng = self.render.clutter, self.random(f"{name}/stock")
        chance, shot, share, length_s = (
            rng.random(), rng.integers(clutter.stocks), rng.random(), float(rng.uniform(*clutter.stock_s)),
        )  # fmt: skip
        if chance >= clutter.stock:
            return clips
        footage = self.footage(f"stock{shot:02d}")
        at = max(range(len(clips)), key=lambda number: clips[number].seconds)
        cut_s = clips[at].start_s + (0.2 + 0.6 * share) * (clips[at].end_s - clips[at].start_s)
        stock = Clip(footage, footage.start_s, footage.start_s + length_s, stock=True)
        first, second = replace(clips[at], end_s=float(cut_s)), replace(clips[at], start_s=float(cut_s))
        return (*clips[:at], first, stock, second, *clips[at + 1 :])

    def original(self, name: str, recording: Recording) -> Video:
        """A recording as it is."""
        return self.publish(name, whole_clip(recording), crf=self.render.picture.crf)

    def copy(self, name: str, recording: Recording) -> Video:
        """An edited, re-encoded copy of the whole recording, up to a tenth trimmed."""
        trim = self.random(f"{name}/trim").uniform(0, 0.05, 2) * recording.seconds
        clip = self.edited(name, recording, recording.start_s + trim[0], recording.end_s - trim[1])
        return self.publish(name, clip, crf=self.render.edits.crf)

    def recut(self, name: str, recording: Recording) -> Video:
        """A small part of the recording, edited, between other footage."""
        rng = self.random(f"{name}/cut")
        part_s = rng.uniform(0.25, 0.45) * recording.seconds
        start_s = rng.uniform(recording.start_s, recording.end_s - part_s)
        before, after = self.footage(f"{name}/before"), self.footage(f"{name}/after")
        share = rng.uniform(0.3, 0.6)
        clips = (
            Clip(before, before.start_s, before.start_s + before.seconds * share),
            self.edited(name, recording, float(start_s), float(start_s + part_s)),
            Clip(after, after.start_s, after.start_s + after.seconds * (0.9 - share)),
        )
        return self.publish(name, *clips, crf=self.render.edits.crf)

    def edited(self, name: str, recording: Recording, start_s: float, end_s: float) -> Clip:
        """Part of a recording with drawn edits."""
        edit = draw_edit(self.random(f"{name}/edit"), self.render.edits)
        host = self.footage(f"{name}/host") if edit.inset else None
        return Clip(recording, float(start_s), float(end_s), edit, host)
