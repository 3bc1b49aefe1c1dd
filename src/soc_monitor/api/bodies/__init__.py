"""Bodies: what answers look like, for the OpenAPI document and for tests."""
