"""Temporal match kernel with learned coefficients."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from tqdm import trange

from hapvr.methods.model import TrainingSet
from hapvr.methods.tmk import (
    TMK,
    Beta,
    Frequencies,
    LargestShift,
    Normalisation,
    Periods,
    Step,
    fourier_series,
    frame_vectors,
)
from hapvr.seeding import generator_of, integer

Margin = Annotated[float, Field(gt=0, description="by which the true alignment should exceed wrong ones")]
Tolerance = Annotated[int, Field(ge=0, description="sampled frames by which a right alignment may be off")]
Repeated = Annotated[float, Field(ge=0, lt=1, description="chance of a frame to show the one before it")]
Noise = Annotated[float, Field(ge=0, description="length of the noise added to a frame's unit vector")]
LearningRate = Annotated[float, Field(gt=0, description="learning rate of Adam")]


class LAMV(TMK):
    """TMK whose coefficients, one simplex per period, are learned on synthetic alignments of unlabelled videos.

    In each step two overlapping excerpts of some videos are taken, the second with repeated frames and noise. The score
    at the true shift is to exceed that at any other shift (localisation), and the best score with an excerpt of another
    video (retrieval), by a margin. Coefficients begin as TMK's, scaled to a sum of one.
    Source: Baraldi et al. 2018, section 3.
    """

    def __init__(
        self,
        step: Step,
        periods: Periods,
        frequencies: Frequencies,
        beta: Beta,
        *,
        normalisation: Normalisation,
        largest_shift: LargestShift,
        margin: Margin,
        tolerance: Tolerance,
        repeated: Repeated,
        noise: Noise,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__(step, periods, frequencies, beta, normalisation=normalisation, largest_shift=largest_shift)
        self.margin, self.tolerance, self.largest_shift = margin, tolerance, largest_shift
        self.repeated, self.noise, self.learning_rate = repeated, noise, learning_rate
        self.logits = nn.Parameter(self.coefficients.log())

    @property
    def weights(self) -> Tensor:
        """Coefficients of the kernel, [P, m]: positive, with a sum of one in each period."""
        return self.logits.softmax(-1)

    def fit(self, training: TrainingSet) -> None:
        """Learns the coefficients. Videos shorter than a window and a half are repeated to that length.

        Raises ValueError where there are fewer videos than a step needs, or the loss is not finite.
        """
        videos = training.batch // 2
        if len(training.unlabelled) < max(videos, 2):
            raise ValueError(
                f"train.pairs: {videos} videos a step, but {len(training.unlabelled)} unlabelled ones could be read; "
                "lower train.pairs"
            )
        optimiser = torch.optim.Adam([self.logits], lr=self.learning_rate)
        with trange(training.steps, desc=f"fit lamv {training.seed}", unit="step") as progress:
            for step in progress:
                loss = self.loss(*self._excerpts(training, videos, step))
                if not torch.isfinite(loss):
                    raise ValueError(f"lamv: the loss of step {step + 1} is {loss.item()}; lower learning_rate")
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                progress.set_postfix(loss=f"{loss.item():.3f}", refresh=False)

    def loss(self, first: Tensor, second: Tensor, true_shift: Tensor) -> Tensor:
        """Hinge losses of localisation and retrieval, means over videos, added.

        first, second: frames of two excerpts of each video, [B, T, D]. true_shift: sampled frames by which the first
        has to be shifted, int [B].
        """
        times = self.step * torch.arange(first.shape[1])
        series = [fourier_series(part, times, self.periods, self.weights.shape[1]) for part in (first, second)]
        queries, targets = (self.normalise(part) for part in series)
        scores = torch.stack([self.shift_scores(queries, target) for target in targets], 1)
        videos = torch.arange(len(first))
        own, place = scores[videos, videos], true_shift + self.largest_shift
        right = own.gather(1, place.unsqueeze(1)).squeeze(1)
        far = (torch.arange(own.shape[1]) - place.unsqueeze(1)).abs() > self.tolerance
        elsewhere = own.masked_fill(~far, -torch.inf).amax(1)
        of_others = scores.amax(-1).masked_fill(torch.eye(len(first), dtype=torch.bool), -torch.inf).amax(1)
        hinge = (self.margin - right).add
        return hinge(elsewhere).clamp(min=0).mean() + hinge(of_others).clamp(min=0).mean()

    def _excerpts(self, training: TrainingSet, videos: int, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Two excerpts of `videos` videos and the shift that aligns them."""
        generator = generator_of(training.seed, "lamv", step)
        chosen = torch.randperm(len(training.unlabelled), generator=generator)[:videos].tolist()
        furthest = min(training.window // 2, self.largest_shift)
        pairs = []
        for number in chosen:
            frames = frame_vectors(torch.from_numpy(training.features[training.unlabelled[number]]).float())
            frames = frames.repeat(-(-(training.window + furthest) // len(frames)), 1)
            starts = integer(0, len(frames) - training.window - furthest, generator)
            shift = integer(-furthest, furthest, generator)
            first, second = (starts + max(part, 0) for part in (-shift, shift))
            excerpts = (frames[start : start + training.window] for start in (first, second))
            pairs.append((next(excerpts), self._perturb(next(excerpts), generator), shift))
        return (
            torch.stack([pair[0] for pair in pairs]),
            torch.stack([pair[1] for pair in pairs]),
            torch.tensor([pair[2] for pair in pairs]),
        )

    def _perturb(self, frames: Tensor, generator: torch.Generator) -> Tensor:
        """Some frames show the one before them; noise is added to all."""
        shown = torch.arange(len(frames)) - (torch.rand(len(frames), generator=generator) < self.repeated).long()
        frames = frames[shown.clamp(min=0)]
        noise = torch.randn(frames.shape, generator=generator) * self.noise / frames.shape[-1] ** 0.5
        return torch.nn.functional.normalize(frames + noise, dim=-1)
