"""Reference reproducibility workflow for AP-oriented video retrieval (HAP-VR, ACM MM 2024)."""

__version__ = "0.1.0"
