"""Published weights, and what the checkpoints among them are made into: the code's side of the rows in registry.csv.

Known without reading the table, so that params.yaml is checked against it.
"""

WHITENING = "whitening"
# Name of the weights → the method whose module has their `from_published`, or WHITENING.
CONVERTED = {
    "s2vs_vcdb": "similarity_network",
    "s2vs_dns": "similarity_network",
    "hapvr": "similarity_network",
    "dns_fine_att": "dns_att",
    "dns_fine_bin": "dns_bin",
    "dns_coarse": "dns_coarse",
    "dns_selector_att": "dns_selector",
    "dns_selector_bin": "dns_selector",
    "visil": "visil",
    "visil_symmetric": "visil",
    WHITENING: WHITENING,
}
# Of backbones and teachers, which are taken as they are.
NETWORKS = ("resnet50", "dino_vits16")


def file_of(weights: str) -> str:
    """Where `hapvr weights` puts them, from the project's folder: converted, or as published."""
    return f"weights/{weights}.safetensors" if weights in CONVERTED else f"models/backbones/{weights}.safetensors"
