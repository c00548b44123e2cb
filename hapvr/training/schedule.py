"""Learning rate over the steps of a training."""

import math

from hapvr.training.options import Train


def learning_rate(step: int, params: Train) -> float:
    """Learning rate of a step, from 0: linear warm-up from `warmup_factor`, then cosine to `final_factor`.

    The peak is reached at step `warmup_steps`, the final value at the last step.
    """
    if step < params.warmup_steps:
        share = step / params.warmup_steps
        return params.learning_rate * (params.warmup_factor + (1 - params.warmup_factor) * share)
    progress = (step - params.warmup_steps) / max(params.steps - 1 - params.warmup_steps, 1)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    return params.learning_rate * (params.final_factor + (1 - params.final_factor) * cosine)
