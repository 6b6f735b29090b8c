"""The search: from a problem to a proven design."""
