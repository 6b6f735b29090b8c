"""Ultralytics model YAML."""
