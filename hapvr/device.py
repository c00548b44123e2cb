"""Where tensors are computed."""

import torch


def fastest_device() -> torch.device:
    """This process's CUDA device if there is one, else the CPU."""
    # By number: "cuda" alone would mean the first one in any thread but the main one.
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")
