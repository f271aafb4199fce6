"""Benchmarks: what the server costs beside the bare database and the bare HTTP server, as ratios within one run."""
