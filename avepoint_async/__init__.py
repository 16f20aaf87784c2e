"""avepoint_async."""
