"""Sandboxes on other machines: jobs travel to the hosts of a Dask cluster, and replies come back as bytes."""
