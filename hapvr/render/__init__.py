"""The embedded benchmarks: incidents are painted, recorded by cameras, edited and encoded as H.264 files.

Whatever is random follows from the seed of the dataset and the name of the thing, never from the order of rendering.
"""
