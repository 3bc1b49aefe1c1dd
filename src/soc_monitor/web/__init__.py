"""Web: the pages. They see the model and the public API, and nothing else."""
