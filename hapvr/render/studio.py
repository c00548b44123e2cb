"""A studio makes the videos of one dataset: incidents, recordings, edited copies, re-cuts, distractors."""

from dataclasses import dataclass

import numpy as np

from hapvr.render.camera import Recording, place_camera
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
        return Incident(self.render.seed, f"{self.dataset}/{name}", place, family, world.actors, world.cast)

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

    def publish(self, name: str, *clips: Clip) -> Video:
        """A video of these clips at the quality of an original."""
        return Video(clips, crf=float(self.random(f"{name}/crf").uniform(*self.render.picture.crf)))

    def original(self, name: str, recording: Recording) -> Video:
        """A recording as it is."""
        return self.publish(name, whole_clip(recording))

    def copy(self, name: str, recording: Recording) -> Video:
        """An edited, re-encoded copy of the whole recording, up to a tenth trimmed."""
        trim = self.random(f"{name}/trim").uniform(0, 0.05, 2) * recording.seconds
        clip = self.edited(name, recording, recording.start_s + trim[0], recording.end_s - trim[1])
        return Video((clip,), crf=self.crf(name))

    def recut(self, name: str, recording: Recording) -> Video:
        """Part of the recording, edited, between other footage."""
        rng = self.random(f"{name}/cut")
        part_s = rng.uniform(0.35, 0.65) * recording.seconds
        start_s = rng.uniform(recording.start_s, recording.end_s - part_s)
        before, after = self.footage(f"{name}/before"), self.footage(f"{name}/after")
        share = rng.uniform(0.3, 0.6)
        clips = (
            Clip(before, before.start_s, before.start_s + before.seconds * share),
            self.edited(name, recording, float(start_s), float(start_s + part_s)),
            Clip(after, after.start_s, after.start_s + after.seconds * (0.9 - share)),
        )
        return Video(clips, crf=self.crf(name))

    def edited(self, name: str, recording: Recording, start_s: float, end_s: float) -> Clip:
        """Part of a recording with drawn edits."""
        edit = draw_edit(self.random(f"{name}/edit"), self.render.edits)
        host = self.footage(f"{name}/host") if edit.inset else None
        return Clip(recording, float(start_s), float(end_s), edit, host)

    def crf(self, name: str) -> float:
        """Quality of a re-encoded copy."""
        return float(self.random(f"{name}/crf").uniform(*self.render.edits.crf))
