"""A thin Taskcluster client that talks to a local signing proxy."""
