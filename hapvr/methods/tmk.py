"""Temporal match kernel."""

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from scipy.special import ive
from torch import Tensor, nn

Step = Annotated[float, Field(gt=0, description="time between two sampled frames, in the units of the periods")]
Periods = Annotated[list[float], Field(min_length=1, description="periods of the kernel")]
Frequencies = Annotated[int, Field(ge=2, description="Fourier coefficients per period, the constant one included")]
Beta = Annotated[float, Field(gt=0, description="how sharp the kernel is in time, of its von Mises shape")]
Normalisation = Annotated[
    Literal["feat", "freq", "feat_freq", "matrix"],
    Field(description="what is divided by its norm: each frequency's vector, each dimension, first one then the other"),
]
LargestShift = Annotated[int, Field(ge=0, description="sampled frames by which videos are shifted at most, either way")]

# Under roots and beside norms, as the published code has it.
EPSILON = 1e-8
# What the published code divides scores by, whatever the number of frequencies and dimensions.
PUBLISHED_SIZE = 512


class TMK(nn.Module):
    """Best score of two videos over shifts in time, of Fourier series of their frames.

    A frame is the mean of its regions, of length one. Nothing is learned. Times of frames are multiples of `step`; the
    published periods count frames at 15 per second, so `step` is 15 at one frame per second. With `freq` and `matrix` a
    shift of both videos in time changes nothing; `feat` divides sines and cosines apart, which makes it near to that.
    Source: Poullot et al. 2015, and the code of Baraldi et al. 2018 (`videoalignment`).
    """

    engine = "fixed"
    coefficients: Tensor
    shifts: Tensor

    def __init__(
        self,
        step: Step,
        periods: Periods,
        frequencies: Frequencies,
        beta: Beta,
        *,
        normalisation: Normalisation,
        largest_shift: LargestShift,
    ) -> None:
        super().__init__()
        self.step, self.periods, self.normalisation = step, periods, normalisation
        coefficients = kernel_coefficients(frequencies, beta).expand(len(periods), -1)
        self.register_buffer("coefficients", coefficients.clone(), persistent=False)
        self.register_buffer("shifts", step * torch.arange(-largest_shift, largest_shift + 1), persistent=False)

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → weighted, normalised series [P, 2m, D]: sines, then cosines."""
        times = self.step * torch.arange(len(features), device=features.device)
        return self.normalise(fourier_series(frame_vectors(features), times, self.periods, self.weights.shape[1]))

    @property
    def weights(self) -> Tensor:
        """Coefficients of the kernel, [P, m]."""
        return self.coefficients

    def normalise(self, series: Tensor) -> Tensor:
        """Series [..., P, 2m, D] without weights → with them, normalised."""
        roots = self.weights.sqrt().repeat(1, 2).unsqueeze(-1)
        if self.normalisation in ("feat", "feat_freq"):
            series = _by_norm(series, series.square().sum(-1, keepdim=True))
        series = series * roots
        if self.normalisation in ("freq", "feat_freq"):
            frequencies = self.weights.shape[1]
            series = _by_norm(series, series.square().sum(-2, keepdim=True) / frequencies)
        if self.normalisation == "matrix":
            series = _by_norm(series, series.square().sum((-2, -1), keepdim=True))
        return series

    def shift_scores(self, queries: Tensor, target: Tensor) -> Tensor:
        """Score at each shift of the query against the target, [..., P, 2m, D] and [P, 2m, D] → [..., shifts]."""
        angles = fourier_angles(self.shifts, self.periods, self.weights.shape[1])
        sine, cosine = queries.chunk(2, -2)
        other_sine, other_cosine = target.chunk(2, -2)
        real = _products(cosine, other_cosine) + _products(sine, other_sine)
        imaginary = _products(sine, other_cosine) - _products(cosine, other_sine)
        scores = torch.einsum("...pm,pms->...s", real, angles.cos()) + torch.einsum(
            "...pm,pms->...s", imaginary, angles.sin()
        )
        divisor = {"freq": self.weights.shape[1], "matrix": 1}.get(self.normalisation, PUBLISHED_SIZE)
        return scores / (len(self.periods) * divisor)

    def similarity(self, queries: Tensor, target: Tensor) -> Tensor:
        """The best score over all shifts of indexed videos, [..., P, 2m, D] and [P, 2m, D] → [...]."""
        return self.shift_scores(queries, target).amax(-1)


def frame_vectors(features: Tensor) -> Tensor:
    """Features [T, R, D] → a unit vector per frame, [T, D]."""
    return F.normalize(features.mean(-2), dim=-1)


def kernel_coefficients(frequencies: int, beta: float) -> Tensor:
    """Fourier coefficients [m] of a von Mises kernel, at least 1e-7 (Poullot et al. 2015, section 4.1)."""
    numbers = torch.from_numpy(ive(range(frequencies), beta)) * 2
    # Scaled by exp(−β), so that neither I nor sinh overflow.
    numbers[0] = numbers[0] / 2 - math.exp(-2 * beta)
    return (numbers / (1 - math.exp(-2 * beta))).clamp(min=1e-7).float()


def fourier_angles(times: Tensor, periods: list[float], frequencies: int) -> Tensor:
    """2πn·t/period, [P, m, T]; in float64, since long times are many periods."""
    numbers = torch.arange(frequencies, dtype=torch.float64, device=times.device)
    lengths = torch.tensor(periods, dtype=torch.float64, device=times.device)
    turns = numbers[:, None] * times.double() / lengths[:, None, None]
    return (2 * math.pi * turns.frac()).float()


def fourier_series(frames: Tensor, times: Tensor, periods: list[float], frequencies: int) -> Tensor:
    """Σ over frames of the frame times sin and cos of its angles: [..., T, D], times [T] → [..., P, 2m, D]."""
    angles = fourier_angles(times, periods, frequencies)
    return torch.einsum("pmt,...td->...pmd", torch.cat([angles.sin(), angles.cos()], 1), frames)


def _by_norm(series: Tensor, squared: Tensor) -> Tensor:
    return series / ((squared + EPSILON).sqrt() + EPSILON)


def _products(left: Tensor, right: Tensor) -> Tensor:
    return torch.einsum("...pmd,pmd->...pm", left, right)
