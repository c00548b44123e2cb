"""Which published checkpoints are converted, and into what: the code's side of the rows `weights` in registry.csv.

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
